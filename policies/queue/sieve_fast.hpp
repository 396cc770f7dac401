#pragma once

#include <algorithm>
#include <vector>

#include "policies/fast_form.hpp"
#include "policies/queue/sieve.hpp"
#include "policies/structures/sieve_queue.hpp"

namespace kvsim {

/// SIEVE over an array in order of insertion. A byte a slot; 8 bytes for each resident.
class SieveFast {
 public:
  using Policy = Sieve;
  static constexpr NeedsPrevious kPrevious = NeedsPrevious::kNo;
  static bool serves(const Sieve::Config&, std::uint64_t, std::uint64_t) { return true; }
  static std::size_t memory_bytes(std::uint64_t capacity, const StreamColumns& columns) {
    return columns.slots + SieveQueue::memory_bytes(most(capacity, columns));
  }

  SieveFast(const Sieve::Config&, std::uint64_t capacity, const StreamColumns& columns)
      : slot_(columns.slot.data()),
        queue_(most(capacity, columns)),
        state_(columns.slots, State::kAbsent) {}

  bool access(Position p) {
    const Slot s = slot_[p];
    if (state_[s] != State::kAbsent) {
      state_[s] = State::kVisited;
      return true;
    }
    queue_.insert(s, [this](Slot old) {
      const bool leaves = state_[old] == State::kPresent;
      state_[old] = leaves ? State::kAbsent : State::kPresent;
      return leaves;
    });
    state_[s] = State::kPresent;
    return false;
  }
  bool resident(Position p, Position) const { return state_[slot_[p]] != State::kAbsent; }
  std::uint64_t occupied() const { return queue_.occupied(); }
  void prefetch(Position p) const { __builtin_prefetch(&state_[slot_[p]], 1); }

 private:
  enum class State : std::uint8_t { kAbsent, kPresent, kVisited };

  static std::size_t most(std::uint64_t capacity, const StreamColumns& columns) {
    return std::min<std::uint64_t>(capacity, columns.slots);
  }

  const Slot* slot_;
  SieveQueue queue_;
  std::vector<State> state_;
};

static_assert(FastForm<SieveFast>);

template <>
struct FastFormOf<Sieve> {
  using Type = SieveFast;
};

}  // namespace kvsim
