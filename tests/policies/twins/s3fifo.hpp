#pragma once

#include <algorithm>
#include <map>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// S3-FIFO: a small queue that only what is hit again leaves for the main one, and a ghost queue of
/// what it evicts.
class S3Fifo : public Twin {
 public:
  struct Parameters {
    std::uint64_t small_units = 0;
    std::uint64_t ghost_units = 0;
    int promote_at = 2;  ///< hits in the small queue
    bool paper = false;  ///< the small queue has no warm-up, and goes while it has its share
  };
  S3Fifo(std::uint64_t capacity, const Parameters& parameters)
      : Twin(capacity), parameters_(parameters) {}
  explicit S3Fifo(std::uint64_t capacity)
      : S3Fifo(capacity, Parameters{capacity / 10, capacity * 9 / 10, 2, false}) {}

 private:
  void hit(const Request& x) override { ++frequency_[x.id]; }

  void miss(const Request& x) override {
    was_ghost_ = ghost_.contains(x.id);
    if (was_ghost_) ghost_.remove(x.id);
  }

  bool evict(const Request&) override {
    has_evicted_ = true;
    const bool main_first = parameters_.paper
                                ? small_.weight() < parameters_.small_units && !main_.empty()
                                : main_.weight() > capacity() - parameters_.small_units;
    if (main_first || small_.empty()) {
      evict_from_main();
    } else {
      evict_from_small();
    }
    return true;
  }

  // Goes on promoting until something leaves or the queue is empty.
  void evict_from_small() {
    while (!small_.empty()) {
      const Id tail = small_.back();
      const std::uint32_t weight = small_.remove(tail);
      if (frequency_.at(tail) >= parameters_.promote_at) {
        frequency_[tail] = 0;
        main_.push_front(tail, weight);
      } else {
        remember(tail, weight);
        forget(tail);
        return;
      }
    }
  }

  void evict_from_main() {
    while (true) {
      const Id tail = main_.back();
      if (frequency_.at(tail) >= 1) {
        frequency_[tail] = std::min(frequency_.at(tail), 3) - 1;
        main_.move_to_front(tail);
      } else {
        main_.remove(tail);
        forget(tail);
        return;
      }
    }
  }

  void remember(Id id, std::uint32_t weight) {
    if (weight > parameters_.ghost_units) return;
    while (ghost_.weight() + weight > parameters_.ghost_units) ghost_.remove(ghost_.back());
    ghost_.push_front(id, weight);
  }

  void forget(Id id) {
    frequency_.erase(id);
    leave(id);
  }

  void insert(const Request& x) override {
    const bool small_is_full =
        !parameters_.paper && !has_evicted_ && small_.weight() >= parameters_.small_units;
    (was_ghost_ || small_is_full ? main_ : small_).push_front(x.id, x.weight);
    frequency_[x.id] = 0;
  }

  Parameters parameters_;
  Queue small_, main_, ghost_;
  std::map<Id, int> frequency_;
  bool has_evicted_ = false;
  bool was_ghost_ = false;
};

}  // namespace kvsim::twins
