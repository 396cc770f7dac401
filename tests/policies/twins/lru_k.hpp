#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// LRU-K, figure 2.1 of its paper: the oldest K-th last access leaves, blocks with fewer accesses
/// before all others, among them the least recently used. Accesses within `correlated` of the last
/// one count as one with it, and a block within that period stays if others can leave. Histories
/// outlast the block, for `retention` accesses if not 0.
class LruK : public Twin {
 public:
  struct Parameters {
    std::size_t k = 2;
    std::uint64_t correlated = 0;
    std::uint64_t retention = 0;
  };
  LruK(std::uint64_t capacity, const Parameters& parameters)
      : Twin(capacity), parameters_(parameters) {}

 private:
  struct History {
    std::vector<std::uint64_t> uncorrelated;  // newest first
    std::uint64_t last = 0;
  };

  void hit(const Request& x) override {
    History& history = histories_.at(x.id);
    if (now() - history.last > parameters_.correlated) {
      // What lay within the newest period moves the older accesses closer.
      const std::uint64_t period = history.last - history.uncorrelated.front();
      for (std::uint64_t& time : history.uncorrelated) time += period;
      history.uncorrelated.insert(history.uncorrelated.begin(), now());
    }
    history.last = now();
  }
  void miss(const Request& x) override {
    History& history = histories_[x.id];
    if (parameters_.retention != 0 && now() - history.last > parameters_.retention) {
      history.uncorrelated.clear();
    }
    history.uncorrelated.insert(history.uncorrelated.begin(), now());
    history.last = now();
  }

  // Whether it is within its period, whether there is a K-th last access and when, when the last.
  std::tuple<bool, bool, std::uint64_t, std::uint64_t> rank(Id id) const {
    const History& history = histories_.at(id);
    const bool stays = parameters_.correlated > 0 && now() - history.last <= parameters_.correlated;
    if (history.uncorrelated.size() < parameters_.k) return {stays, false, 0, history.last};
    return {stays, true, history.uncorrelated[parameters_.k - 1], history.last};
  }
  bool evict(const Request&) override {
    Id least = residents().begin()->first;
    for (const auto& [id, weight] : residents()) {
      if (rank(id) < rank(least)) least = id;
    }
    leave(least);
    return true;
  }
  void insert(const Request&) override {}

  Parameters parameters_;
  std::map<Id, History> histories_;
};

}  // namespace kvsim::twins
