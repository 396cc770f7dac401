#pragma once

#include "policies/concept.hpp"
#include "policies/structures/slot_lists.hpp"

namespace kvsim {

/// Most recently used: keeps blocks in order of their last access and evicts the newest, so that a
/// loop longer than the cache finds a fixed part of itself resident, where LRU finds nothing.
///
/// Source: Chou and DeWitt 1985, "An evaluation of buffer management strategies for relational
/// database systems", section 3 (the looping reference pattern). O(1) an access, 8 bytes a slot.
/// Deviations: none; the incoming block replaces the last one accessed before it.
class Mru {
 public:
  static constexpr std::string_view kName = "mru";
  static constexpr std::string_view kDoc =
      "Evicts the block whose last access is the newest (Chou and DeWitt 1985, section 3).";
  struct Config {};

  Mru(const Config&, const PolicyContext& context) : lists_(context.slots, 1) {}

  void on_hit(const Access& a) { lists_.move_to_front(0, a.slot); }
  void on_insert(const Access& a) { lists_.push_front(0, a.slot); }
  void on_remove(Slot s) { lists_.remove(0, s); }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) const {
    return lists_.first_evictable(0, evictable);
  }

  void prefetch(const Access& a) const { lists_.prefetch(a.slot); }
  std::size_t memory_bytes() const { return lists_.memory_bytes(); }
  void check_invariants() const { lists_.check_invariants(); }

 private:
  SlotLists lists_;
};

static_assert(EvictionPolicy<Mru>);

}  // namespace kvsim
