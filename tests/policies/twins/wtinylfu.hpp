#pragma once

#include <cstddef>
#include <functional>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// W-TinyLFU after its paper and Caffeine's form with a fixed window: what falls out of the window
/// is the candidate, and stays only if it was used more often than the main part's next victim. The
/// sketch, which has tests of its own, is given.
class WTinyLfu : public Twin {
 public:
  struct Parameters {
    std::uint64_t window_units = 0;
    std::uint64_t protected_units = 0;
    std::function<void(Id)> record;
    std::function<std::uint64_t(Id)> estimate;
  };
  WTinyLfu(std::uint64_t capacity, Parameters parameters)
      : Twin(capacity), parameters_(std::move(parameters)) {}

 private:
  void hit(const Request& x) override {
    parameters_.record(x.id);
    if (window_.contains(x.id)) {
      window_.move_to_front(x.id);
    } else if (protected_.contains(x.id)) {
      protected_.move_to_front(x.id);
    } else {
      protected_.push_front(x.id, probation_.remove(x.id));
      while (protected_.weight() > parameters_.protected_units) {
        const Id demoted = protected_.back();
        probation_.push_front(demoted, protected_.remove(demoted));
      }
    }
  }
  void miss(const Request& x) override { parameters_.record(x.id); }

  // The incoming block enters the window, and what no longer fits there is a candidate. A block
  // that is larger than the window is itself the candidate, and leaves the window as it is.
  void bring_in(const Request& x) override {
    const bool passes_window = x.weight > parameters_.window_units;
    if (!passes_window) window_.push_front(x.id, x.weight);
    while (occupied() + x.weight > capacity()) {
      if (!passes_window && window_.weight() <= parameters_.window_units) {
        evict_victim();
        continue;
      }
      const Id candidate = passes_window ? x.id : window_.back();
      // Without a block on probation, what falls out of the window is alone there, and its own
      // victim; what was never in the window is compared with any.
      if ((passes_window || !probation_.empty()) &&
          parameters_.estimate(candidate) > parameters_.estimate(victim())) {
        evict_victim();
        continue;
      }
      if (passes_window) return;
      window_.remove(candidate);
      leave(candidate);
    }
    if (passes_window) probation_.push_front(x.id, x.weight);
    while (window_.weight() > parameters_.window_units) {
      const Id tail = window_.back();
      probation_.push_front(tail, window_.remove(tail));
    }
    settle(x);
  }

  Id victim() const {
    for (const Queue* queue : {&probation_, &protected_, &window_}) {
      if (!queue->empty()) return queue->back();
    }
    throw std::logic_error("twin: nothing to evict");
  }
  void evict_victim() {
    const Id out = victim();
    for (Queue* queue : {&probation_, &protected_, &window_}) {
      if (queue->contains(out)) queue->remove(out);
    }
    leave(out);
  }
  bool evict(const Request&) override { return false; }
  void insert(const Request&) override {}

  Parameters parameters_;
  Queue window_, probation_, protected_;
};

}  // namespace kvsim::twins
