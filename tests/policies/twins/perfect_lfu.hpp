#pragma once

#include <map>
#include <utility>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// LFU with counts that outlast the block: every access counts, resident or not.
class PerfectLfu : public Twin {
 public:
  using Twin::Twin;

 private:
  using Rank = std::pair<std::uint64_t, std::uint64_t>;  // accesses, last access

  void hit(const Request& x) override { note(x.id); }
  void miss(const Request& x) override { note(x.id); }
  void note(Id id) { rank_[id] = {rank_[id].first + 1, now()}; }

  bool evict(const Request&) override {
    Id least = residents().begin()->first;
    for (const auto& [id, weight] : residents()) {
      if (rank_.at(id) < rank_.at(least)) least = id;
    }
    leave(least);
    return true;
  }
  void insert(const Request&) override {}

  std::map<Id, Rank> rank_;
};

}  // namespace kvsim::twins
