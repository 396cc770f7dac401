#pragma once

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// 2Q, full version: A1in (FIFO) takes what is new, A1out remembers what A1in evicted, and what
/// comes back while remembered goes to Am (LRU).
class TwoQ : public Twin {
 public:
  TwoQ(std::uint64_t capacity, std::uint64_t in_units, std::uint64_t out_units)
      : Twin(capacity), in_units_(in_units), out_units_(out_units) {}
  explicit TwoQ(std::uint64_t capacity) : TwoQ(capacity, capacity / 4, capacity / 2) {}

 private:
  void hit(const Request& x) override {
    if (am_.contains(x.id)) am_.move_to_front(x.id);
  }
  void miss(const Request& x) override {
    was_ghost_ = a1out_.contains(x.id);
    if (was_ghost_) a1out_.remove(x.id);
  }
  bool evict(const Request&) override {
    if (am_.empty() || a1in_.weight() > in_units_) {
      const Id oldest = a1in_.back();
      const std::uint32_t weight = a1in_.remove(oldest);
      if (weight <= out_units_) {
        while (a1out_.weight() + weight > out_units_) a1out_.remove(a1out_.back());
        a1out_.push_front(oldest, weight);
      }
      leave(oldest);
    } else {
      const Id oldest = am_.back();
      am_.remove(oldest);
      leave(oldest);
    }
    return true;
  }
  void insert(const Request& x) override { (was_ghost_ ? am_ : a1in_).push_front(x.id, x.weight); }

  std::uint64_t in_units_, out_units_;
  Queue a1in_, a1out_, am_;
  bool was_ghost_ = false;
};

}  // namespace kvsim::twins
