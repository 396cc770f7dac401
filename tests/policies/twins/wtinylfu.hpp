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

  // The incoming block enters the window before anything leaves.
  void bring_in(const Request& x) override {
    window_.push_front(x.id, x.weight);
    while (occupied() + x.weight > capacity()) {
      if (window_.weight() <= parameters_.window_units) {
        evict_from_main();
        continue;
      }
      const Id candidate = window_.back();
      if (main_has_victim() &&
          parameters_.estimate(candidate) > parameters_.estimate(main_victim())) {
        evict_from_main();
      } else {
        window_.remove(candidate);
        if (candidate == x.id) return;
        leave(candidate);
      }
    }
    while (window_.weight() > parameters_.window_units) {
      const Id tail = window_.back();
      probation_.push_front(tail, window_.remove(tail));
    }
    settle(x);
  }

  bool main_has_victim() const { return !probation_.empty() || !protected_.empty(); }
  Id main_victim() const { return probation_.empty() ? protected_.back() : probation_.back(); }
  void evict_from_main() {
    const Id victim = main_victim();
    (probation_.empty() ? protected_ : probation_).remove(victim);
    leave(victim);
  }
  bool evict(const Request&) override { return false; }
  void insert(const Request&) override {}

  Parameters parameters_;
  Queue window_, probation_, protected_;
};

}  // namespace kvsim::twins
