#pragma once

#include <tuple>
#include <vector>

#include "policies/concept.hpp"
#include "policies/structures/indexed_heap.hpp"
#include "policies/structures/residents.hpp"

namespace kvsim {

/// Least frequently used over the whole past: counts every access to a block, whether it is in the
/// cache or not, and evicts the block with the fewest. Of several, the least recently used goes.
///
/// Source: Breslau, Cao, Fan, Phillips and Shenker 1999, "Web caching and Zipf-like distributions:
/// evidence and implications" (Perfect-LFU). O(log n) an access; 8 bytes a slot and 12 for each
/// block that the cache can hold. Deviations: the paper leaves ties open.
class PerfectLfu {
 public:
  static constexpr std::string_view kName = "perfect_lfu";
  static constexpr std::string_view kDoc =
      "Evicts the block used least often over the whole past, evictions not forgotten (Breslau et "
      "al. 1999).";
  static constexpr PolicyTraits kTraits{.cost = 2};
  struct Config {};

  PerfectLfu(const Config&, const PolicyContext& context)
      : frequency_(context.slots), heap_(context.slots, most_residents(context)) {}

  void on_hit(const Access& a) {
    ++frequency_[a.slot];
    heap_.update(entry(a));
  }
  void on_miss(const Access& a) { ++frequency_[a.slot]; }
  void on_insert(const Access& a) { heap_.push(entry(a)); }
  void on_remove(Slot s) { heap_.erase(s); }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) const {
    return heap_.least_evictable(evictable);
  }

  std::size_t memory_bytes() const {
    return frequency_.capacity() * sizeof(std::uint32_t) + heap_.memory_bytes();
  }
  void check_invariants() const { heap_.check_invariants(); }

 private:
  struct Entry {
    std::uint32_t frequency;
    Position last_access;
    Slot slot;
    bool operator<(const Entry& other) const {
      return std::tie(frequency, last_access, slot) <
             std::tie(other.frequency, other.last_access, other.slot);
    }
  };

  Entry entry(const Access& a) const { return {frequency_[a.slot], a.position, a.slot}; }

  std::vector<std::uint32_t> frequency_;  // accesses in all
  IndexedHeap<Entry> heap_;
};

static_assert(EvictionPolicy<PerfectLfu>);

}  // namespace kvsim
