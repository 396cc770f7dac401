#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim {

/// Several doubly linked lists over one pair of arrays: a slot is in at most one of them, so that
/// moving it between queues and ghost lists costs no memory. 8 bytes a slot. "Front" is the end
/// where a recency list keeps its most recent. Each list counts its slots and their weight.
class SlotLists {
 public:
  SlotLists(std::uint32_t slots, std::uint32_t lists)
      : slots_(slots), links_(static_cast<std::size_t>(slots) + lists), totals_(lists) {
    for (std::uint32_t l = 0; l < lists; ++l) links_[sentinel(l)] = {sentinel(l), sentinel(l)};
  }

  void push_front(std::uint32_t list, Slot s, std::uint64_t weight = 1) {
    insert_between(s, sentinel(list), links_[sentinel(list)].next);
    grow(list, weight);
  }
  void push_back(std::uint32_t list, Slot s, std::uint64_t weight = 1) {
    insert_between(s, links_[sentinel(list)].previous, sentinel(list));
    grow(list, weight);
  }
  /// Puts `s` next to `neighbour`, which is in `list`, on the side of the front.
  void insert_in_front_of(std::uint32_t list, Slot s, Slot neighbour, std::uint64_t weight = 1) {
    insert_between(s, links_[neighbour].previous, neighbour);
    grow(list, weight);
  }
  /// Takes `s` out of `list`, which must hold it.
  void remove(std::uint32_t list, Slot s, std::uint64_t weight = 1) {
    unlink(s);
    --totals_[list].count;
    totals_[list].weight -= weight;
  }
  /// Moves `s`, in `list`, to its front.
  void move_to_front(std::uint32_t list, Slot s) {
    unlink(s);
    insert_between(s, sentinel(list), links_[sentinel(list)].next);
  }
  /// Moves `s`, in `list`, to its back.
  void move_to_back(std::uint32_t list, Slot s) {
    unlink(s);
    insert_between(s, links_[sentinel(list)].previous, sentinel(list));
  }

  /// kNoSlot where the list is empty.
  Slot front(std::uint32_t list) const { return slot_or_none(links_[sentinel(list)].next); }
  Slot back(std::uint32_t list) const { return slot_or_none(links_[sentinel(list)].previous); }
  /// The neighbour nearer to the front (or the back), or kNoSlot past the end.
  Slot towards_front(Slot s) const { return slot_or_none(links_[s].previous); }
  Slot towards_back(Slot s) const { return slot_or_none(links_[s].next); }

  /// The block nearest to the back that may leave, or kNoSlot.
  template <class Evictable>
  Slot last_evictable(std::uint32_t list, const Evictable& evictable) const {
    Slot s = back(list);
    while (s != kNoSlot && !evictable(s)) s = towards_front(s);
    return s;
  }
  /// The block nearest to the front that may leave, or kNoSlot.
  template <class Evictable>
  Slot first_evictable(std::uint32_t list, const Evictable& evictable) const {
    Slot s = front(list);
    while (s != kNoSlot && !evictable(s)) s = towards_back(s);
    return s;
  }

  /// Hints that `s` is used soon.
  void prefetch(Slot s) const { __builtin_prefetch(&links_[s], 1); }

  std::uint32_t lists() const { return static_cast<std::uint32_t>(totals_.size()); }
  std::uint32_t count(std::uint32_t list) const { return totals_[list].count; }
  std::uint64_t weight(std::uint32_t list) const { return totals_[list].weight; }
  bool empty(std::uint32_t list) const { return totals_[list].count == 0; }

  std::size_t memory_bytes() const {
    return links_.capacity() * sizeof(Link) + totals_.capacity() * sizeof(Totals);
  }

  /// Throws std::logic_error unless every list's links and count agree.
  void check_invariants() const {
    for (std::uint32_t l = 0; l < totals_.size(); ++l) {
      std::uint32_t seen = 0;
      for (Slot s = front(l), before = sentinel(l); s != kNoSlot; s = towards_back(s)) {
        if (links_[s].previous != before) throw std::logic_error("broken list");
        before = s;
        if (++seen > totals_[l].count) throw std::logic_error("list longer than its count");
      }
      if (seen != totals_[l].count) throw std::logic_error("list shorter than its count");
    }
  }

 private:
  struct Link {
    Slot previous = kNoSlot;
    Slot next = kNoSlot;
  };
  struct Totals {
    std::uint32_t count = 0;
    std::uint64_t weight = 0;
  };

  // A list is a ring through its sentinel, a node behind the slots': no branch at the ends.
  Slot sentinel(std::uint32_t list) const { return slots_ + list; }
  Slot slot_or_none(Slot node) const { return node < slots_ ? node : kNoSlot; }
  void insert_between(Slot s, Slot previous, Slot next) {
    links_[s] = {previous, next};
    links_[previous].next = s;
    links_[next].previous = s;
  }
  void unlink(Slot s) {
    const Link link = links_[s];
    links_[link.previous].next = link.next;
    links_[link.next].previous = link.previous;
  }
  void grow(std::uint32_t list, std::uint64_t weight) {
    ++totals_[list].count;
    totals_[list].weight += weight;
  }

  std::uint32_t slots_;
  std::vector<Link> links_;
  std::vector<Totals> totals_;
};

}  // namespace kvsim
