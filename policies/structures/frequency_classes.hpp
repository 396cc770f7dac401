#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "policies/structures/slot_lists.hpp"
#include "sim/core/ids.hpp"

namespace kvsim {

/// Slots ordered by how often they were used, and within one frequency by when: one list from the
/// rarest (back) to the most frequent (front), cut into classes of equal frequency. A class knows
/// its newest slot, behind which the next one joins it, so that every operation is O(1) and no
/// frequency is ever looked up. 12 bytes a slot, and 8 bytes a class, of which there are never more
/// than slots held.
class FrequencyClasses {
 public:
  /// `held`: how many slots are in here at once, at most; more than that allocates.
  FrequencyClasses(std::uint32_t slots, std::uint32_t held) : order_(slots, 1), class_of_(slots) {
    classes_.reserve(held);
  }

  /// Adds `s` as the newest of frequency 1.
  void insert(Slot s) {
    const Slot rarest = order_.back(kOrder);
    if (rarest != kNoSlot && frequency(rarest) == 1) {
      join(s, class_of_[rarest]);
    } else {
      found(s, 1);
      order_.push_back(kOrder, s);
    }
  }

  /// Counts one more use of `s`, which becomes the newest of the next frequency.
  void promote(Slot s) {
    const std::uint32_t from = class_of_[s];
    const std::uint32_t frequency = classes_[from].frequency;
    const Slot newest = classes_[from].newest;
    const Slot above = order_.towards_front(newest);
    if (above != kNoSlot && this->frequency(above) == frequency + 1) {
      leave(s, from);
      order_.remove(kOrder, s);
      join(s, class_of_[above]);
    } else if (newest == s && !follows_own(s)) {
      ++classes_[from].frequency;  // alone in its class: the class itself moves up
    } else {
      leave(s, from);
      if (newest != s) {
        order_.remove(kOrder, s);
        order_.insert_in_front_of(kOrder, s, newest);
      }
      found(s, frequency + 1);
    }
  }

  void remove(Slot s) {
    leave(s, class_of_[s]);
    order_.remove(kOrder, s);
  }

  std::uint32_t frequency(Slot s) const { return classes_[class_of_[s]].frequency; }

  /// The longest unused of the rarest slots that may leave, or kNoSlot.
  template <class Evictable>
  Slot rarest_evictable(const Evictable& evictable) const {
    return order_.last_evictable(kOrder, evictable);
  }

  /// Hints that `s` is used soon.
  void prefetch(Slot s) const {
    order_.prefetch(s);
    __builtin_prefetch(&class_of_[s], 1);
  }
  std::size_t memory_bytes() const {
    return order_.memory_bytes() + class_of_.capacity() * sizeof(std::uint32_t) +
           classes_.capacity() * sizeof(Class);
  }

  void check_invariants() const {
    order_.check_invariants();
    std::size_t free = 0;
    for (std::uint32_t c = free_; c != kNoClass; c = classes_[c].newest) ++free;
    std::size_t used = 0;
    for (Slot s = order_.back(kOrder); s != kNoSlot; s = order_.towards_front(s)) {
      const Class& own = classes_[class_of_[s]];
      const Slot above = order_.towards_front(s);
      const bool last = above == kNoSlot || class_of_[above] != class_of_[s];
      used += last;
      if (last != (own.newest == s)) throw std::logic_error("a class ends at a wrong slot");
      if (last && above != kNoSlot && frequency(above) <= own.frequency) {
        throw std::logic_error("classes out of order");
      }
    }
    if (used + free != classes_.size()) throw std::logic_error("a class is lost");
  }

 private:
  static constexpr std::uint32_t kOrder = 0;
  static constexpr std::uint32_t kNoClass = 0xffffffffu;

  struct Class {
    std::uint32_t frequency;
    Slot newest;  // in a free class: the next free one
  };

  // Whether the slot behind `s` is of the same class.
  bool follows_own(Slot s) const {
    const Slot behind = order_.towards_back(s);
    return behind != kNoSlot && class_of_[behind] == class_of_[s];
  }

  void join(Slot s, std::uint32_t to) {
    order_.insert_in_front_of(kOrder, s, classes_[to].newest);
    classes_[to].newest = s;
    class_of_[s] = to;
  }
  void found(Slot s, std::uint32_t frequency) {
    std::uint32_t made = free_;
    if (made == kNoClass) {
      made = static_cast<std::uint32_t>(classes_.size());
      classes_.push_back({});
    } else {
      free_ = classes_[made].newest;
    }
    classes_[made] = {frequency, s};
    class_of_[s] = made;
  }
  // Before `s` leaves the list.
  void leave(Slot s, std::uint32_t from) {
    Class& old = classes_[from];
    if (old.newest != s) return;
    if (follows_own(s)) {
      old.newest = order_.towards_back(s);
    } else {
      old.newest = free_;
      free_ = from;
    }
  }

  SlotLists order_;
  std::vector<std::uint32_t> class_of_;
  std::vector<Class> classes_;
  std::uint32_t free_ = kNoClass;
};

}  // namespace kvsim
