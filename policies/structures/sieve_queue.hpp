#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim {

/// SIEVE's queue as an array in order of insertion: a block that leaves lets a hole where it was,
/// and the array is closed up when it is full. 8 bytes for each resident.
class SieveQueue {
 public:
  SieveQueue() = default;
  /// For at most `capacity` residents.
  explicit SieveQueue(std::size_t capacity) : capacity_(capacity), order_(places(capacity)) {}

  /// Adds `s` as the newest; where the queue is full, the hand moves to the first block of which
  /// `take(slot)` is true, and that one has left.
  template <class Take>
  void insert(Slot s, const Take& take) {
    if (occupied_ < capacity_) {
      ++occupied_;
    } else {
      std::size_t hand = hand_;
      while (order_[hand] == kNoSlot || !take(order_[hand])) hand = after(hand);
      order_[hand] = kNoSlot;
      hand_ = after(hand);
    }
    if (end_ == order_.size()) close_up();
    order_[end_++] = s;
  }

  std::size_t occupied() const { return occupied_; }
  static std::size_t memory_bytes(std::size_t capacity) { return places(capacity) * sizeof(Slot); }

 private:
  static std::size_t places(std::size_t capacity) { return 2 * capacity + 1; }

  // The last place before `end_` is the newest block, so that behind it the hand is past the head.
  std::size_t after(std::size_t place) const { return place + 1 == end_ ? 0 : place + 1; }
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

  std::size_t capacity_ = 0;
  std::size_t occupied_ = 0;
  std::size_t hand_ = 0;
  std::size_t end_ = 0;
  std::vector<Slot> order_;
};

}  // namespace kvsim
