#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// LRU behind filters: a missed block needs every filter's consent, once as such and once for each
/// block that would leave for it. The filters' memory is given.
class FilteredLru : public Twin {
 public:
  struct Parameters {
    std::uint64_t largest = ~std::uint64_t{0};  ///< weight that is let in
    std::function<void(Id)> record;             ///< of a frequency sketch, or empty
    std::function<std::uint64_t(Id)> estimate;
  };
  FilteredLru(std::uint64_t capacity, Parameters parameters)
      : Twin(capacity), parameters_(std::move(parameters)) {}

 private:
  void note(const Request& x) {
    if (parameters_.record) parameters_.record(x.id);
  }
  void hit(const Request& x) override {
    note(x);
    queue_.move_to_front(x.id);
  }
  void miss(const Request& x) override { note(x); }
  bool admit(const Request& x) override { return x.weight <= parameters_.largest; }
  bool evict(const Request& x) override {
    const Id oldest = queue_.back();
    if (parameters_.estimate && parameters_.estimate(x.id) <= parameters_.estimate(oldest)) {
      return false;
    }
    queue_.remove(oldest);
    leave(oldest);
    return true;
  }
  void insert(const Request& x) override { queue_.push_front(x.id, x.weight); }

  Parameters parameters_;
  Queue queue_;
};

}  // namespace kvsim::twins
