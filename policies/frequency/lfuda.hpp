#pragma once

#include <limits>
#include <tuple>
#include <vector>

#include "policies/concept.hpp"
#include "policies/structures/indexed_heap.hpp"
#include "policies/structures/residents.hpp"

namespace kvsim {

/// Least frequently used with dynamic ageing: a block's priority is its number of accesses since it
/// was inserted, on top of an age L that rises to each victim's priority, so that blocks popular
/// once do not stay for ever. The block of the lowest priority goes.
///
/// Source: Arlitt, Cherkasova, Dilley, Friedrich and Jin 2000, "Evaluating content management
/// techniques for web proxy caches" (LFU-DA, with a cost of 1). O(log n) an access; 8 bytes a slot
/// and 16 for each block that the cache can hold, a heap needing the priority beside its place (one
/// byte over 24, with residency, where the cache can hold every block). Deviations: of equal
/// priorities, the one whose last access is older goes (the paper leaves it open).
///
/// `variant=libcachesim` follows that simulator: a hit adds L to the priority, not 1, an insertion
/// sets it to L + 1, and L is the lowest priority left after the last eviction.
class Lfuda {
 public:
  static constexpr std::string_view kName = "lfuda";
  static constexpr std::string_view kDoc =
      "Evicts the lowest age plus frequency, the age being the last victim's (Arlitt et al. 2000, "
      "LFU-DA).";
  static constexpr PolicyTraits kTraits{.cost = 2};
  enum class Variant { kPaper, kLibcachesim };
  struct Config {
    Variant variant = Variant::kPaper;
    static auto fields() {
      return std::tuple(
          field("variant", &Config::variant, {"paper", "libcachesim"}, "whose rules to follow"));
    }
  };

  Lfuda(const Config& config, const PolicyContext& context)
      : peer_(config.variant == Variant::kLibcachesim),
        frequency_(peer_ ? 0 : context.slots),
        heap_(context.slots, most_residents(context)) {}

  void on_hit(const Access& a) {
    const Priority priority =
        peer_ ? capped_sum(heap_[a.slot].priority, age_) : age_ + ++frequency_[a.slot];
    heap_.update({priority, a.position, a.slot});
  }
  void on_insert(const Access& a) {
    if (!peer_) frequency_[a.slot] = 1;
    heap_.push({capped_sum(age_, 1), a.position, a.slot});
  }
  void on_remove(Slot s) {
    const Priority priority = heap_[s].priority;
    heap_.erase(s);
    if (s == named_) age_ = peer_ && !heap_.empty() ? heap_.top().priority : priority;
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
  using Priority = std::uint64_t;
  struct Entry {
    Priority priority;
    Position last_access;
    Slot slot;
    bool operator<(const Entry& other) const {
      return std::tie(priority, last_access, slot) <
             std::tie(other.priority, other.last_access, other.slot);
    }
  };

  // Adding L can double a priority at every hit.
  static Priority capped_sum(Priority a, Priority b) {
    return a > std::numeric_limits<Priority>::max() - b ? std::numeric_limits<Priority>::max()
                                                        : a + b;
  }

  bool peer_;                             // libCacheSim's rules
  std::vector<std::uint32_t> frequency_;  // accesses since the insertion
  IndexedHeap<Entry> heap_;
  Priority age_ = 0;
  Slot named_ = kNoSlot;  // the victim chosen last: only its leaving ages the rest
};

static_assert(EvictionPolicy<Lfuda>);

}  // namespace kvsim
