#pragma once

#include <algorithm>
#include <map>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// CAR, the paper's pseudo-code: ARC with two clocks (the back is under the hand) in place of its
/// two recency lists.
class Car : public Twin {
 public:
  /// `scaled`: a ghost moves the target by its weight times as much.
  explicit Car(std::uint64_t capacity, bool scaled = false) : Twin(capacity), scaled_(scaled) {}

 private:
  void hit(const Request& x) override { referenced_[x.id] = true; }

  bool evict(const Request&) override {
    replace();
    return true;
  }

  void replace() {
    while (true) {
      const bool from_t1 = static_cast<double>(t1_.weight()) >= std::max(1.0, p_) || t2_.empty();
      Queue& from = from_t1 ? t1_ : t2_;
      const Id under_hand = from.back();
      const std::uint32_t weight = from.remove(under_hand);
      if (referenced_.at(under_hand)) {
        referenced_[under_hand] = false;
        t2_.push_front(under_hand, weight);
      } else {
        referenced_.erase(under_hand);
        (from_t1 ? b1_ : b2_).push_front(under_hand, weight);
        leave(under_hand);
        return;
      }
    }
  }

  void insert(const Request& x) override {
    const auto b1 = static_cast<double>(b1_.weight());
    const auto b2 = static_cast<double>(b2_.weight());
    const double times = scaled_ ? x.weight : 1;
    referenced_[x.id] = false;
    if (b1_.contains(x.id)) {
      p_ = std::min(p_ + times * std::max(1.0, b2 / b1), static_cast<double>(capacity()));
      b1_.remove(x.id);
      t2_.push_front(x.id, x.weight);
    } else if (b2_.contains(x.id)) {
      p_ = std::max(p_ - times * std::max(1.0, b1 / b2), 0.0);
      b2_.remove(x.id);
      t2_.push_front(x.id, x.weight);
    } else {
      forget_ghosts(x.weight);
      t1_.push_front(x.id, x.weight);
    }
  }

  // T1 and its ghosts stay within one capacity, all four lists within two. In the paper, where
  // blocks are equal, one ghost at most goes at a time.
  void forget_ghosts(std::uint32_t weight) {
    while (t1_.weight() + b1_.weight() + weight > capacity() && !b1_.empty()) {
      b1_.remove(b1_.back());
    }
    while (t1_.weight() + t2_.weight() + b1_.weight() + b2_.weight() + weight > 2 * capacity() &&
           !b2_.empty()) {
      b2_.remove(b2_.back());
    }
  }

  bool scaled_;
  Queue t1_, t2_, b1_, b2_;
  std::map<Id, bool> referenced_;
  double p_ = 0;
};

}  // namespace kvsim::twins
