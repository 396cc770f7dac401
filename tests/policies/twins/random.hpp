#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/core/rng.hpp"
#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// Random replacement. Residents stand in a row in the order of their insertion; one draw below
/// their number picks the victim, whose place the last of the row takes.
class Random : public Twin {
 public:
  Random(std::uint64_t capacity, Rng& rng) : Twin(capacity), rng_(rng) {}

 private:
  void hit(const Request&) override {}
  bool evict(const Request&) override {
    Id& drawn = row_[rng_.below(row_.size())];
    leave(drawn);
    drawn = row_.back();
    row_.pop_back();
    return true;
  }
  void insert(const Request& x) override { row_.push_back(x.id); }

  Rng& rng_;
  std::vector<Id> row_;
};

}  // namespace kvsim::twins
