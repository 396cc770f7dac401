#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "policies/concept.hpp"
#include "policies/structures/slot_lists.hpp"
#include "sim/core/ids.hpp"

namespace kvsim {

/// Queues that know which of them holds a slot and weigh what they hold, and keep a small number,
/// its mark, with each slot: hits, a reference bit, whatever the policy needs. 9 bytes a slot.
///
/// Queues are numbered from 1; queue 0 stands for "in none". New slots enter at the front and the
/// oldest is at the back, so that front to back is youngest to oldest. A slot in no queue keeps its
/// mark too, which lets a policy remember from a miss to the insertion what it found.
class QueueSet {
 public:
  using Queue = std::uint8_t;
  static constexpr Queue kNowhere = 0;
  static constexpr Queue kMaxQueues = 15;
  static constexpr std::uint8_t kMaxMark = 15;

  QueueSet(const PolicyContext& context, Queue queues)
      : weights_(context.weights), lists_(context.slots, queues + 1U), states_(context.slots) {}

  Queue of(Slot s) const { return byte(states_[s]) & kQueueBits; }
  std::uint8_t mark(Slot s) const { return byte(states_[s]) >> kMarkShift; }
  void set_mark(Slot s, std::uint8_t mark) { set_state(s, of(s), mark); }

  /// Puts `s`, which is nowhere, at the front of `queue`.
  void push(Queue queue, Slot s, std::uint8_t mark = 0) {
    lists_.push_front(queue, s, weight_of(s));
    set_state(s, queue, mark);
  }
  /// Takes `s` out of the queue that holds it.
  void remove(Slot s, std::uint8_t mark = 0) {
    lists_.remove(of(s), s, weight_of(s));
    set_state(s, kNowhere, mark);
  }
  /// Moves `s` from the queue that holds it, which may be the same, to the front of `queue`.
  void move(Slot s, Queue queue, std::uint8_t mark = 0) {
    const std::uint64_t weight = weight_of(s);
    lists_.remove(of(s), s, weight);
    lists_.push_front(queue, s, weight);
    set_state(s, queue, mark);
  }
  /// Moves `s` to the front of the queue that holds it, its mark unchanged.
  void touch(Slot s) { lists_.move_to_front(of(s), s); }
  /// Forgets the oldest of `queue`, if there is one.
  void drop_oldest(Queue queue) {
    if (!empty(queue)) remove(oldest(queue));
  }
  /// Moves `s` to the front of a queue of ghosts that holds at most `limit` units: the oldest are
  /// forgotten until `s` fits, or `s` itself where it never would.
  void move_to_ghosts(Slot s, Queue ghosts, std::uint64_t limit) {
    remove(s);
    if (weight_of(s) > limit) return;
    while (weight(ghosts) + weight_of(s) > limit) drop_oldest(ghosts);
    push(ghosts, s);
  }

  /// The slot at the back, or kNoSlot.
  Slot oldest(Queue queue) const { return lists_.back(queue); }
  /// The slot that came next after `s` into its queue, or kNoSlot.
  Slot younger(Slot s) const { return lists_.towards_front(s); }
  /// The oldest that may leave, or kNoSlot.
  template <class Evictable>
  Slot oldest_evictable(Queue queue, const Evictable& evictable) const {
    return lists_.last_evictable(queue, evictable);
  }

  /// Hints that `s` is used soon.
  void prefetch(Slot s) const {
    lists_.prefetch(s);
    __builtin_prefetch(&states_[s], 1);
  }

  bool empty(Queue queue) const { return lists_.empty(queue); }
  /// Units held by `queue`.
  std::uint64_t weight(Queue queue) const { return lists_.weight(queue); }
  /// Units that `s` takes.
  std::uint64_t weight_of(Slot s) const { return weights_ == nullptr ? 1 : weights_[s]; }

  std::size_t memory_bytes() const { return lists_.memory_bytes() + states_.capacity(); }

  /// Throws std::logic_error unless lists, states and weights agree.
  void check_invariants() const {
    lists_.check_invariants();
    std::size_t listed = 0;
    const auto queues = static_cast<Queue>(lists_.lists());
    for (Queue queue = 1; queue < queues; ++queue) {
      std::uint64_t weight = 0;
      for (Slot s = oldest(queue); s != kNoSlot; s = younger(s), ++listed) {
        if (of(s) != queue) throw std::logic_error("a slot's state names another queue");
        weight += weight_of(s);
      }
      if (weight != lists_.weight(queue)) throw std::logic_error("a queue's weight is wrong");
    }
    for (const State state : states_) listed -= (byte(state) & kQueueBits) != kNowhere;
    if (listed != 0) throw std::logic_error("a slot's state names a queue that does not hold it");
  }

 private:
  // A type of its own: a store of a plain byte could change any object, so that compilers reload
  // every pointer after one.
  enum class State : std::uint8_t {};
  static std::uint8_t byte(State state) { return static_cast<std::uint8_t>(state); }

  static constexpr std::uint8_t kQueueBits = 15;
  static constexpr int kMarkShift = 4;

  void set_state(Slot s, Queue queue, std::uint8_t mark) {
    states_[s] = static_cast<State>(queue | (mark << kMarkShift));
  }

  const std::uint32_t* weights_;
  SlotLists lists_;
  std::vector<State> states_;  ///< low half: the queue; high half: the mark
};

}  // namespace kvsim
