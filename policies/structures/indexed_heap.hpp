#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim {

/// A heap of slots with their priorities, the least on top, in which any slot's priority can
/// change: O(log4 n) an operation. 4 bytes a slot, and an entry for each slot held.
///
/// `Entry` is a priority with the slot that has it, in a member `slot`, and `<` orders entries
/// totally, so that what is least does not depend on the heap's past.
template <class Entry>
class IndexedHeap {
 public:
  /// `held`: how many slots are in here at once, at most; more than that allocates.
  IndexedHeap(std::uint32_t slots, std::uint32_t held) : index_(slots) { entries_.reserve(held); }

  bool empty() const { return entries_.empty(); }
  const Entry& top() const { return entries_.front(); }
  /// The entry of `s`, which must be in here.
  const Entry& operator[](Slot s) const { return entries_[index_[s]]; }

  void push(const Entry& entry) {
    entries_.push_back(entry);
    rise(entries_.size() - 1, entry);
  }
  /// Changes the priority of `entry.slot`, which must be in here.
  void update(const Entry& entry) { settle(index_[entry.slot], entry); }
  void erase(Slot s) {
    const std::size_t hole = index_[s];
    const Entry last = entries_.back();
    entries_.pop_back();
    if (hole < entries_.size()) settle(hole, last);
  }

  /// The slot of least priority that may leave, or kNoSlot. Looks under those that may not.
  template <class Evictable>
  Slot least_evictable(const Evictable& evictable) const {
    if (empty()) return kNoSlot;
    if (evictable(top().slot)) return top().slot;
    const std::size_t found = least_evictable_under(0, entries_.size(), evictable);
    return found < entries_.size() ? entries_[found].slot : kNoSlot;
  }

  std::size_t memory_bytes() const {
    return entries_.capacity() * sizeof(Entry) + index_.capacity() * sizeof(std::uint32_t);
  }
  void check_invariants() const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (index_[entries_[i].slot] != i) throw std::logic_error("a heap's index is wrong");
      if (i > 0 && entries_[i] < entries_[parent(i)]) throw std::logic_error("heap out of order");
    }
  }

 private:
  static constexpr std::size_t kChildren = 4;

  static std::size_t parent(std::size_t i) { return (i - 1) / kChildren; }
  static std::size_t first_child(std::size_t i) { return i * kChildren + 1; }

  void put(std::size_t i, const Entry& entry) {
    entries_[i] = entry;
    index_[entry.slot] = static_cast<std::uint32_t>(i);
  }
  // Puts `entry` where it belongs, from the free place `i` upwards or downwards.
  void settle(std::size_t i, const Entry& entry) {
    if (i > 0 && entry < entries_[parent(i)]) {
      rise(i, entry);
    } else {
      sink(i, entry);
    }
  }
  void rise(std::size_t i, const Entry& entry) {
    while (i > 0 && entry < entries_[parent(i)]) {
      put(i, entries_[parent(i)]);
      i = parent(i);
    }
    put(i, entry);
  }
  void sink(std::size_t i, const Entry& entry) {
    const std::size_t size = entries_.size();
    for (std::size_t child = first_child(i); child < size; child = first_child(i)) {
      const std::size_t end = std::min(child + kChildren, size);
      std::size_t least = child;
      for (std::size_t other = child + 1; other < end; ++other) {
        if (entries_[other] < entries_[least]) least = other;
      }
      if (!(entries_[least] < entry)) break;
      put(i, entries_[least]);
      i = least;
    }
    put(i, entry);
  }
  // The better of `best` and what may leave below and at `i`; below an entry that may leave, or
  // that is no better than `best`, there is nothing better.
  template <class Evictable>
  std::size_t least_evictable_under(std::size_t i, std::size_t best,
                                    const Evictable& evictable) const {
    if (best < entries_.size() && !(entries_[i] < entries_[best])) return best;
    if (evictable(entries_[i].slot)) return i;
    const std::size_t end = std::min(first_child(i) + kChildren, entries_.size());
    for (std::size_t child = first_child(i); child < end; ++child) {
      best = least_evictable_under(child, best, evictable);
    }
    return best;
  }

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> index_;  // of a slot in here: where
};

}  // namespace kvsim
