#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include "policies/concept.hpp"
#include "policies/structures/indexed_heap.hpp"
#include "policies/structures/residents.hpp"

namespace kvsim {

/// Greedy dual, size and frequency: a block's priority is its number of accesses over its size, on
/// top of an age L that rises to each victim's priority, so that what was valuable once sinks
/// unless it is used again. The block of the lowest priority goes, which may be the new one.
///
/// Source: Cherkasova 1998, "Improving WWW proxies performance with greedy-dual-size-frequency
/// caching policy", with a cost of 1; after Cao and Irani 1997. O(log n) an access; 8 bytes a slot
/// and 16 for each block that the cache can hold, a heap needing the priority beside its place (one
/// byte over 24, with residency, where the cache can hold every block). Deviations: of equal
/// priorities, the one whose last access is older goes (the paper leaves it open); an access is
/// worth 10^6 over the size, as in libCacheSim, which matters to rounding only.
class Gdsf {
 public:
  static constexpr std::string_view kName = "gdsf";
  static constexpr std::string_view kDoc =
      "Evicts the lowest age plus frequency over size (Cherkasova 1998).";
  static constexpr PolicyTraits kTraits{.inserts_first = true, .cost = 3};
  struct Config {};

  Gdsf(const Config&, const PolicyContext& context)
      : context_(context),
        frequency_(context.slots),
        heap_(context.slots, most_residents(context)) {}

  void on_hit(const Access& a) {
    ++frequency_[a.slot];
    heap_.update(entry(a));
  }
  void on_insert(const Access& a) {
    frequency_[a.slot] = 1;
    heap_.push(entry(a));
  }
  void on_remove(Slot s) {
    if (s == named_) age_ = heap_[s].priority;
    heap_.erase(s);
  }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) {
    return named_ = heap_.least_evictable(evictable);
  }

  std::size_t memory_bytes() const {
    return frequency_.capacity() * sizeof(std::uint32_t) + heap_.memory_bytes();
  }
  void check_invariants() const { heap_.check_invariants(); }

 private:
  struct Entry {
    double priority;
    Position last_access;
    Slot slot;
    bool operator<(const Entry& other) const {
      return std::tie(priority, last_access, slot) <
             std::tie(other.priority, other.last_access, other.slot);
    }
  };

  Entry entry(const Access& a) const {
    const double size = std::max(context_.size(a.slot), 1U);
    return {age_ + frequency_[a.slot] * 1e6 / size, a.position, a.slot};
  }

  PolicyContext context_;
  std::vector<std::uint32_t> frequency_;  // accesses since the insertion
  IndexedHeap<Entry> heap_;
  double age_ = 0;
  Slot named_ = kNoSlot;  // the victim chosen last: only its leaving ages the rest
};

static_assert(EvictionPolicy<Gdsf>);

}  // namespace kvsim
