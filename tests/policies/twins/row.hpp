#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/core/rng.hpp"
#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// Residents to draw from: in the order of their insertion, but that the last takes the place of
/// one that leaves.
class Row {
 public:
  void add(Id id) { ids_.push_back(id); }
  void remove(Id id) {
    for (Id& place : ids_) {
      if (place != id) continue;
      place = ids_.back();
      ids_.pop_back();
      return;
    }
  }
  Id draw(Rng& rng) const { return ids_[rng.below(ids_.size())]; }

  /// The first of the highest rank among `draws` drawn one after the other, or among all for 0.
  template <class Rank>
  Id highest(std::size_t draws, Rng& rng, Rank rank) const {
    std::vector<Id> drawn = draws == 0 ? ids_ : std::vector<Id>{};
    HalfWordDraws halves(rng);
    const auto count = static_cast<std::uint32_t>(ids_.size());
    for (std::size_t i = 0; i < draws; ++i) drawn.push_back(ids_[halves.below(count)]);
    Id best = drawn.front();
    for (const Id id : drawn) {
      if (rank(id) > rank(best)) best = id;
    }
    return best;
  }

 private:
  std::vector<Id> ids_;
};

}  // namespace kvsim::twins
