#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "policies/queue/sieve_fast.hpp"
#include "policies/structures/lane_bits.hpp"
#include "policies/sweep_form.hpp"

namespace kvsim {

/// SIEVE at several capacities: each has its array in order of insertion (see SieveFast), and their
/// bits of one slot lie side by side. 2 bytes a slot, 8 bytes for each resident of a lane.
class SieveSweep {
 public:
  using Policy = Sieve;
  static constexpr NeedsPrevious kPrevious = NeedsPrevious::kNo;
  static constexpr std::size_t kMostLanes = LaneBits::kMostLanes;
  static bool serves(const Sieve::Config&, std::uint64_t, std::uint64_t) { return true; }

  SieveSweep(const Sieve::Config&, std::span<const std::uint64_t> capacities,
             const StreamColumns& columns)
      : slot_(columns.slot.data()), bits_(columns.slots, capacities.size()) {
    for (std::size_t k = 0; k < capacities.size(); ++k) {
      queue_[k] = SieveQueue(std::min<std::uint64_t>(capacities[k], columns.slots));
    }
  }

  void access(Position p) {
    const Slot s = slot_[p];
    bits_.access(s, [&](std::size_t k) {
      ++misses_[k];
      queue_[k].insert(s, [&](Slot old) { return bits_.take(old, k); });
    });
  }
  Lanes resident(Position p, Position) const { return bits_.resident(slot_[p]); }
  std::uint64_t misses(std::size_t lane) const { return misses_[lane]; }
  void prefetch(Position p) const { bits_.prefetch(slot_[p]); }

 private:
  const Slot* slot_;
  std::array<std::uint64_t, kMostLanes> misses_{};
  std::array<SieveQueue, kMostLanes> queue_;
  LaneBits bits_;
};

static_assert(SweepForm<SieveSweep>);

template <>
struct SweepFormOf<Sieve> {
  using Type = SieveSweep;
};

}  // namespace kvsim
