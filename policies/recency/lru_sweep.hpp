#pragma once

#include <array>
#include <bit>
#include <limits>
#include <vector>

#include "policies/recency/lru_fast.hpp"
#include "policies/sweep_form.hpp"

namespace kvsim {

/// LRU at many capacities: one set of last uses (see LruFast) serves them all, and each keeps where
/// its oldest resident is. A larger cache holds all that a smaller one does, so that an access
/// misses in the first few lanes, if any.
class LruSweep {
 public:
  using Policy = Lru;
  static constexpr NeedsPrevious kPrevious = NeedsPrevious::kYes;
  static constexpr std::size_t kMostLanes = 32;
  static bool serves(const Lru::Config&, std::uint64_t, std::uint64_t) { return true; }

  LruSweep(const Lru::Config&, std::span<const std::uint64_t> capacities,
           const StreamColumns& columns)
      : previous_(columns.previous),
        lanes_(capacities.size()),
        last_uses_(columns.slot.size() / 64 + 2, kAllBits) {
    for (std::size_t k = 0; k < lanes_; ++k) lane_[k].room = capacities[k];
  }

  void access(Position p) {
    const Position before = previous_[p];
    last_uses_[before / 64] &= ~(std::uint64_t{1} << (before % 64));
    for (std::size_t k = 0; k < lanes_ && before <= lane_[k].gone; ++k) {
      Lane& lane = lane_[k];
      ++lane.misses;
      if (lane.misses > lane.room) lane.gone = next_use(lane.gone + 1);
    }
  }
  Lanes resident(Position p, Position first) const {
    Position before = previous_[p];
    while (before > first) before = previous_[before - 1];  // earlier in the same request
    Lanes lanes = 0;
    for (std::size_t k = 0; k < lanes_; ++k) lanes |= Lanes{before > lane_[k].gone} << k;
    return lanes;
  }
  std::uint64_t misses(std::size_t lane) const { return lane_[lane].misses; }
  void prefetch(Position p) const { __builtin_prefetch(&last_uses_[previous_[p] / 64], 1); }

 private:
  static constexpr std::uint64_t kAllBits = std::numeric_limits<std::uint64_t>::max();

  struct Lane {
    std::uint64_t room = 0;    // the capacity
    std::uint64_t misses = 0;  // each takes a place, and from then on another's
    Position gone = 0;         // 1 + the last use of the block evicted last; 0: none was
  };

  Position next_use(Position from) const {
    std::size_t word = from / 64;
    std::uint64_t bits = last_uses_[word] & (kAllBits << (from % 64));
    while (bits == 0) bits = last_uses_[++word];
    return static_cast<Position>(word * 64) + static_cast<Position>(std::countr_zero(bits));
  }

  const Position* previous_;
  std::size_t lanes_;
  std::array<Lane, kMostLanes> lane_;
  std::vector<std::uint64_t> last_uses_;  // as in LruFast
};

static_assert(SweepForm<LruSweep>);

template <>
struct SweepFormOf<Lru> {
  using Type = LruSweep;
};

}  // namespace kvsim
