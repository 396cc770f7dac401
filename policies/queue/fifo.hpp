#pragma once

#include "policies/concept.hpp"
#include "policies/structures/slot_lists.hpp"

namespace kvsim {

/// First in, first out: evicts the block that has been resident longest, whatever its hits.
///
/// Source: Belady 1966, "A study of replacement algorithms for a virtual-storage computer",
/// class 1. O(1) an access, 8 bytes a slot. Deviations: none.
class Fifo {
 public:
  static constexpr std::string_view kName = "fifo";
  static constexpr std::string_view kDoc =
      "Evicts the block that was inserted first (Belady 1966, class 1).";
  struct Config {};

  Fifo(const Config&, const PolicyContext& context) : lists_(context.slots, 1) {}

  void on_hit(const Access&) {}
  void on_insert(const Access& a) { lists_.push_front(0, a.slot); }
  void on_remove(Slot s) { lists_.remove(0, s); }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) const {
    return lists_.last_evictable(0, evictable);
  }

  std::size_t memory_bytes() const { return lists_.memory_bytes(); }
  void check_invariants() const { lists_.check_invariants(); }

 private:
  SlotLists lists_;
};

static_assert(EvictionPolicy<Fifo>);

}  // namespace kvsim
