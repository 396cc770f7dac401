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
  static constexpr NeedsPrevious kPrevious = NeedsPrevious::kNo;
  static bool serves(const Clock::Config& config, std::uint64_t, std::uint64_t) {
    return config.bits < 8;
  }
  static std::size_t memory_bytes(std::uint64_t capacity, const StreamColumns& columns) {
    return columns.slots + std::min<std::size_t>(capacity, columns.slots) * sizeof(Slot);
  }

  ClockFast(const Clock::Config& config, std::uint64_t capacity, const StreamColumns& columns)
      : slot_(columns.slot.data()),
        most_(static_cast<std::uint8_t>(1U << config.bits)),
        fresh_(static_cast<State>(std::min(config.initial, most_ - 1U) + 1)),
        capacity_(std::min<std::uint64_t>(capacity, columns.slots)),
        ring_(capacity_),
        state_(columns.slots, State{0}) {}

  bool access(Position p) {
    const Slot s = slot_[p];
    const std::uint8_t state = byte(state_[s]);
    if (state != 0) {
      state_[s] = static_cast<State>(state + (state < most_));
      return true;
    }
    if (occupied_ < capacity_) {
      ring_[occupied_++] = s;
    } else {
      replace(s);
    }
    state_[s] = fresh_;
    return false;
  }
  bool resident(Position p, Position) const { return byte(state_[slot_[p]]) != 0; }
  std::uint64_t occupied() const { return occupied_; }
  void prefetch(Position p) const { __builtin_prefetch(&state_[slot_[p]], 1); }

 private:
  // A type of its own, not a plain byte, which could be a part of any object: see QueueSet::State.
  enum class State : std::uint8_t {};
  static std::uint8_t byte(State state) { return static_cast<std::uint8_t>(state); }

  // Which place the hand stops at is a coin toss, too, so that it looks at two at once.
  void replace(Slot s) {
    constexpr std::ptrdiff_t kAhead = 16;
    Slot* place = ring_.data() + hand_;
    Slot* const end = ring_.data() + capacity_;
    while (true) {
      if (end - place > kAhead) {
        // What the hand comes to soon: its slots are in order, their states are not.
        __builtin_prefetch(&state_[place[kAhead]], 1);
        const std::uint8_t first = byte(state_[place[0]]);
        const std::uint8_t second = byte(state_[place[1]]);
        state_[place[0]] = static_cast<State>(first - 1);
        state_[place[1]] = static_cast<State>(second - (first == 1 ? 0 : 1));
        if (first == 1 || second == 1) {
          place += first == 1 ? 0 : 1;
          break;
        }
        place += 2;
      } else {
        const std::uint8_t state = byte(state_[*place]);
        state_[*place] = static_cast<State>(state - 1);
        if (state == 1) break;
        if (++place == end) place = ring_.data();
      }
    }
    *place = s;
    if (++place == end) place = ring_.data();
    hand_ = static_cast<std::uint64_t>(place - ring_.data());
  }

  const Slot* slot_;
  std::uint8_t most_;
  State fresh_;
  std::uint64_t capacity_;
  std::uint64_t occupied_ = 0;
  std::uint64_t hand_ = 0;
  std::vector<Slot> ring_;
  std::vector<State> state_;
};

static_assert(FastForm<ClockFast>);

template <>
struct FastFormOf<Clock> {
  using Type = ClockFast;
};

}  // namespace kvsim
