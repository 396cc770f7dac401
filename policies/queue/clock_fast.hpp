#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "policies/fast_form.hpp"
#include "policies/queue/clock.hpp"

namespace kvsim {

/// CLOCK as its name says: a ring of slots and a hand, the new block taking the victim's place. A
/// byte a slot, 0 where it is not resident, else 1 + its counter; 4 bytes for each resident.
class ClockFast {
 public:
  using Policy = Clock;
  static constexpr bool kNeedsPrevious = false;
  static bool serves(const Clock::Config& config, std::uint64_t, std::uint64_t) {
    return config.bits < 8;
  }

  ClockFast(const Clock::Config& config, std::uint64_t capacity, const StreamColumns& columns)
      : slot_(columns.slot.data()),
        most_(static_cast<std::uint8_t>(1U << config.bits)),
        fresh_(static_cast<std::uint8_t>(std::min(config.initial, most_ - 1U) + 1)),
        capacity_(std::min<std::uint64_t>(capacity, columns.slots)),
        state_(columns.slots, 0) {
    ring_.reserve(capacity_);
  }

  bool access(Position p) {
    const Slot s = slot_[p];
    const std::uint8_t state = state_[s];
    if (state != 0) {
      state_[s] = static_cast<std::uint8_t>(state + (state < most_));
      return true;
    }
    if (ring_.size() < capacity_) {
      ring_.push_back(s);
    } else {
      replace(s);
    }
    state_[s] = fresh_;
    return false;
  }
  bool resident(Position p, Position) const { return state_[slot_[p]] != 0; }
  std::uint64_t occupied() const { return ring_.size(); }
  void prefetch(Position p) const { __builtin_prefetch(&state_[slot_[p]], 1); }
  std::size_t memory_bytes() const { return state_.capacity() + ring_.capacity() * sizeof(Slot); }

 private:
  static constexpr std::ptrdiff_t kAhead = 16;

  void replace(Slot s) {
    Slot* place = ring_.data() + hand_;
    Slot* const end = ring_.data() + capacity_;
    while (true) {
      // What the hand comes to soon: its slots are in order, their states are not.
      if (place + kAhead < end) __builtin_prefetch(&state_[place[kAhead]], 1);
      const Slot old = *place;
      const std::uint8_t state = state_[old];
      state_[old] = static_cast<std::uint8_t>(state - 1);
      if (state == 1) break;
      if (++place == end) place = ring_.data();
    }
    *place = s;
    if (++place == end) place = ring_.data();
    hand_ = static_cast<std::uint64_t>(place - ring_.data());
  }

  const Slot* slot_;
  std::uint8_t most_;
  std::uint8_t fresh_;
  std::uint64_t capacity_;
  std::uint64_t hand_ = 0;
  std::vector<Slot> ring_;
  std::vector<std::uint8_t> state_;
};

static_assert(FastForm<ClockFast>);

template <>
struct FastFormOf<Clock> {
  using Type = ClockFast;
};

}  // namespace kvsim
