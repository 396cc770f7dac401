#pragma once

#include <algorithm>
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
      if (state < most_) state_[s] = static_cast<std::uint8_t>(state + 1);
      return true;
    }
    if (ring_.size() < capacity_) {
      ring_.push_back(s);
    } else {
      while (state_[ring_[hand_]] > 1) {
        --state_[ring_[hand_]];
        advance();
      }
      state_[ring_[hand_]] = 0;
      ring_[hand_] = s;
      advance();
    }
    state_[s] = fresh_;
    return false;
  }
  bool resident(Position p, Position) const { return state_[slot_[p]] != 0; }
  std::uint64_t occupied() const { return ring_.size(); }
  void prefetch(Position p) const { __builtin_prefetch(&state_[slot_[p]], 1); }
  std::size_t memory_bytes() const { return state_.capacity() + ring_.capacity() * sizeof(Slot); }

 private:
  void advance() {
    if (++hand_ == capacity_) hand_ = 0;
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
