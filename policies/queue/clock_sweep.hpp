#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "policies/queue/clock_fast.hpp"
#include "policies/structures/lane_bits.hpp"
#include "policies/sweep_form.hpp"

namespace kvsim {

/// CLOCK with a reference bit at several capacities: each has its ring, and their bits of one slot
/// lie side by side. 2 bytes a slot, 4 bytes for each resident of a lane.
class ClockSweep {
 public:
  using Policy = Clock;
  static constexpr NeedsPrevious kPrevious = NeedsPrevious::kNo;
  static constexpr std::size_t kMostLanes = LaneBits::kMostLanes;
  static bool serves(const Clock::Config& config, std::uint64_t, std::uint64_t) {
    return config.bits == 1 && config.initial == 0;
  }

  ClockSweep(const Clock::Config&, std::span<const std::uint64_t> capacities,
             const StreamColumns& columns)
      : slot_(columns.slot.data()), bits_(columns.slots, capacities.size()) {
    for (std::size_t k = 0; k < capacities.size(); ++k) {
      ring_[k].slots.resize(std::min<std::uint64_t>(capacities[k], columns.slots) + kAhead);
      ring_[k].size = ring_[k].slots.size() - kAhead;
    }
  }

  void access(Position p) {
    const Slot s = slot_[p];
    bits_.access(s, [&](std::size_t k) {
      Ring& ring = ring_[k];
      Slot* const begin = ring.slots.data();
      Slot* const end = begin + ring.size;
      Slot* place = begin + ring.hand;
      if (++ring.misses > ring.size) {
        while (true) {
          bits_.prefetch(place[kAhead]);
          if (bits_.take(*place, k)) break;
          if (++place == end) place = begin;
        }
      }
      *place = s;
      if (++place == end) place = begin;
      ring.hand = static_cast<std::size_t>(place - begin);
    });
  }
  Lanes resident(Position p, Position) const { return bits_.resident(slot_[p]); }
  std::uint64_t misses(std::size_t lane) const { return ring_[lane].misses; }
  void prefetch(Position p) const { bits_.prefetch(slot_[p]); }

 private:
  static constexpr std::size_t kAhead = 8;

  struct Ring {
    std::uint64_t misses = 0;
    std::size_t hand = 0;
    std::size_t size = 0;
    std::vector<Slot> slots;  // `size`, and room to look ahead behind them
  };

  const Slot* slot_;
  std::array<Ring, kMostLanes> ring_;
  LaneBits bits_;
};

static_assert(SweepForm<ClockSweep>);

template <>
struct SweepFormOf<Clock> {
  using Type = ClockSweep;
};

}  // namespace kvsim
