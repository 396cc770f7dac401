#pragma once

#include <algorithm>
#include <vector>

#include "policies/fast_form.hpp"
#include "policies/queue/sieve.hpp"

namespace kvsim {

/// SIEVE over an array in order of insertion: an eviction leaves a hole where it was, and the array
/// is closed up when it is full. A byte a slot; 8 bytes for each resident.
class SieveFast {
 public:
  using Policy = Sieve;
  static constexpr NeedsPrevious kPrevious = NeedsPrevious::kNo;
  static bool serves(const Sieve::Config&, std::uint64_t, std::uint64_t) { return true; }

  SieveFast(const Sieve::Config&, std::uint64_t capacity, const StreamColumns& columns)
      : slot_(columns.slot.data()),
        capacity_(std::min<std::uint64_t>(capacity, columns.slots)),
        order_(2 * capacity_ + 1),
        state_(columns.slots, kAbsent) {}

  bool access(Position p) {
    const Slot s = slot_[p];
    if (state_[s] != kAbsent) {
      state_[s] = kVisited;
      return true;
    }
    if (occupied_ < capacity_) {
      ++occupied_;
    } else {
      evict();
    }
    if (end_ == order_.size()) close_up();
    order_[end_++] = s;
    state_[s] = kPresent;
    return false;
  }
  bool resident(Position p, Position) const { return state_[slot_[p]] != kAbsent; }
  std::uint64_t occupied() const { return occupied_; }
  void prefetch(Position p) const { __builtin_prefetch(&state_[slot_[p]], 1); }
  std::size_t memory_bytes() const { return state_.capacity() + order_.capacity() * sizeof(Slot); }

 private:
  enum State : std::uint8_t { kAbsent, kPresent, kVisited };

  void evict() {
    while (true) {
      const Slot s = order_[hand_];
      if (s != kNoSlot) {
        if (state_[s] == kPresent) break;
        state_[s] = kPresent;
      }
      advance();
    }
    state_[order_[hand_]] = kAbsent;
    order_[hand_] = kNoSlot;
    advance();
  }
  // The last place before `end_` is the newest block, so that behind it the hand is past the head.
  void advance() {
    if (++hand_ == end_) hand_ = 0;
  }
  void close_up() {
    std::size_t kept = 0;
    std::size_t hand = 0;
    for (std::size_t i = 0; i < end_; ++i) {
      if (i == hand_) hand = kept;
      if (order_[i] != kNoSlot) order_[kept++] = order_[i];
    }
    hand_ = hand;
    end_ = kept;
  }

  const Slot* slot_;
  std::uint64_t capacity_;
  std::uint64_t occupied_ = 0;
  std::size_t hand_ = 0;
  std::size_t end_ = 0;
  std::vector<Slot> order_;
  std::vector<State> state_;
};

static_assert(FastForm<SieveFast>);

template <>
struct FastFormOf<Sieve> {
  using Type = SieveFast;
};

}  // namespace kvsim
