#pragma once

#include "policies/concept.hpp"
#include "policies/structures/frequency_classes.hpp"
#include "policies/structures/residents.hpp"

namespace kvsim {

/// Least frequently used, in the cache: counts a block's accesses since it was inserted and evicts
/// the block with the fewest. Of several, the one that was not used for the longest goes.
///
/// Source: Robinson and Devarakonda 1990, "Data cache management using frequency-based replacement"
/// (LFU in its plain form); constant time by classes of equal frequency: Shah, Mitra and Matani
/// 2010, "An O(1) algorithm for implementing the LFU cache eviction scheme". O(1) an access; 12
/// bytes a slot and 8 for each block that the cache can hold. Deviations: the paper on O(1) leaves
/// the order within a class open.
class Lfu {
 public:
  static constexpr std::string_view kName = "lfu";
  static constexpr std::string_view kDoc =
      "Evicts the block used least often since it was inserted, the least recently used of several "
      "(Shah et al. 2010).";
  struct Config {};

  Lfu(const Config&, const PolicyContext& context)
      : classes_(context.slots, most_residents(context)) {}

  void on_hit(const Access& a) { classes_.promote(a.slot); }
  void on_insert(const Access& a) { classes_.insert(a.slot); }
  void on_remove(Slot s) { classes_.remove(s); }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) const {
    return classes_.rarest_evictable(evictable);
  }

  void prefetch(const Access& a) const { classes_.prefetch(a.slot); }
  std::size_t memory_bytes() const { return classes_.memory_bytes(); }
  void check_invariants() const { classes_.check_invariants(); }

 private:
  FrequencyClasses classes_;
};

static_assert(EvictionPolicy<Lfu>);

}  // namespace kvsim
