#pragma once

#include <algorithm>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// ARC: two lists, once and more than once accessed, each followed by its ghosts, and a target p
/// for the first that ghost hits move.
class Arc : public Twin {
 public:
  /// `scaled`: a ghost moves the target by its weight times as much.
  explicit Arc(std::uint64_t capacity, bool scaled = false) : Twin(capacity), scaled_(scaled) {}

 private:
  void hit(const Request& x) override {
    (t1_.contains(x.id) ? t1_ : t2_).remove(x.id);
    t2_.push_front(x.id, x.weight);
  }

  void miss(const Request& x) override {
    in_b1_ = b1_.contains(x.id);
    in_b2_ = b2_.contains(x.id);
    const auto b1 = static_cast<double>(b1_.weight());
    const auto b2 = static_cast<double>(b2_.weight());
    const double times = scaled_ ? x.weight : 1;
    if (in_b1_) {
      p_ = std::min(p_ + times * std::max(b2 / b1, 1.0), static_cast<double>(capacity()));
      b1_.remove(x.id);
    } else if (in_b2_) {
      p_ = std::max(p_ - times * std::max(b1 / b2, 1.0), 0.0);
      b2_.remove(x.id);
    }
  }

  bool evict(const Request& x) override {
    if (!in_b1_ && !in_b2_) {
      if (t1_.weight() + b1_.weight() + x.weight > capacity()) {
        if (b1_.empty()) {
          const Id oldest = t1_.back();
          t1_.remove(oldest);
          leave(oldest);
          return true;
        }
        b1_.remove(b1_.back());
      } else if (t1_.weight() + t2_.weight() + b1_.weight() + b2_.weight() >= 2 * capacity() &&
                 !b2_.empty()) {
        b2_.remove(b2_.back());
      }
    }
    replace();
    return true;
  }

  void replace() {
    const auto t1 = static_cast<double>(t1_.weight());
    const bool from_t1 = (t1 > 0 && (t1 > p_ || (t1 == p_ && in_b2_))) || t2_.empty();
    Queue& from = from_t1 ? t1_ : t2_;
    const Id oldest = from.back();
    const std::uint32_t weight = from.remove(oldest);
    (from_t1 ? b1_ : b2_).push_front(oldest, weight);
    leave(oldest);
  }

  void insert(const Request& x) override {
    (in_b1_ || in_b2_ ? t2_ : t1_).push_front(x.id, x.weight);
  }

  bool scaled_;
  Queue t1_, t2_, b1_, b2_;
  double p_ = 0;
  bool in_b1_ = false, in_b2_ = false;
};

}  // namespace kvsim::twins
