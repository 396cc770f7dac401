#pragma once

#include <map>
#include <utility>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// Least frequently used; the count is lost on eviction; among equals, the least recently used
/// goes.
class Lfu : public Twin {
 public:
  using Twin::Twin;

 private:
  using Rank = std::pair<std::uint64_t, std::uint64_t>;  // frequency, last access

  void hit(const Request& x) override { rank_[x.id] = {rank_.at(x.id).first + 1, now()}; }
  bool evict(const Request&) override {
    auto least = rank_.begin();
    for (auto it = rank_.begin(); it != rank_.end(); ++it) {
      if (it->second < least->second) least = it;
    }
    leave(least->first);
    rank_.erase(least);
    return true;
  }
  void insert(const Request& x) override { rank_[x.id] = {1, now()}; }

  std::map<Id, Rank> rank_;
};

}  // namespace kvsim::twins
