#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "policies/concept.hpp"

namespace kvsim {

/// What a cache did besides hitting and missing.
struct CacheCounts {
  std::uint64_t insertions = 0;
  std::uint64_t evictions = 0;
  std::uint64_t rejected = 0;  ///< declined, larger than the cache, or nothing could be evicted
};

/// How much a FlatCache can do, bound at compile time.
enum class CacheForm {
  kPlain,    ///< each block takes one unit, and every block may be evicted at any time
  kGeneral,  ///< blocks have weights, and may be pinned
};

/// Independent blocks under any policy: the `flat` organisation. Owns residency, capacity, pins and
/// accounting, and drives the policy's hooks in the order that policies/concept.hpp states.
template <EvictionPolicy P, CacheForm kForm = CacheForm::kGeneral>
class FlatCache {
 public:
  /// The columns of `context` must outlive the cache, which does not copy them.
  FlatCache(const typename P::Config& config, const PolicyContext& context)
      : context_(context), resident_(context.slots, Residency::kAbsent), policy_(config, context) {}
  FlatCache(const FlatCache&) = delete;
  FlatCache& operator=(const FlatCache&) = delete;

  bool contains(Slot s) const { return resident_[s] == Residency::kResident; }

  /// Touches the block if it is resident, else inserts it. True if it was a hit.
  bool access(const Access& a) {
    if (contains(a.slot)) {
      hit(a);
      return true;
    }
    miss(a);
    return false;
  }

  /// A hit on a resident block.
  void hit(const Access& a) {
    if constexpr (hook::EvictingOnHit<P>) {
      policy_.on_hit(a, [this](Slot s) {
        if (!evictable(s)) return false;
        evict(s);
        return true;
      });
    } else {
      policy_.on_hit(a);
    }
  }

  /// A miss of a block that is not resident. True if it was inserted.
  bool miss(const Access& a) {
    if constexpr (hook::OnMiss<P>) policy_.on_miss(a);
    const std::uint64_t weight = weight_of(a.slot);
    if (weight > context_.capacity) return reject();
    if constexpr (hook::Admit<P>) {
      if (!policy_.admit(a)) return reject();
    }
    if constexpr (traits_of<P>().inserts_first) {
      insert(a, weight);
      if (!make_room(a, 0)) {
        take_back(a.slot, weight);  // nothing else may leave
        return reject();
      }
      return contains(a.slot);
    } else {
      if (!make_room(a, weight)) return reject();
      insert(a, weight);
      return true;
    }
  }

  /// A pinned block cannot be evicted until it is unpinned as often. kGeneral only.
  void pin(Slot s) {
    static_assert(kForm == CacheForm::kGeneral);
    if (pins_.empty()) pins_.resize(context_.slots, 0);
    ++pins_[s];
  }
  void unpin(Slot s) {
    static_assert(kForm == CacheForm::kGeneral);
    if (pins_.empty() || pins_[s] == 0) throw std::logic_error("unpinned more often than pinned");
    --pins_[s];
  }

  /// Units that resident blocks take.
  std::uint64_t occupied() const { return occupied_; }
  std::uint64_t capacity() const { return context_.capacity; }
  const CacheCounts& counts() const { return counts_; }
  /// True since the first insertion that needed an eviction.
  bool was_full() const { return was_full_; }
  /// Heap bytes of policy, residency and pins.
  std::size_t memory_bytes() const {
    return resident_.capacity() + pins_.capacity() * sizeof(std::uint32_t) + policy_.memory_bytes();
  }

  P& policy() { return policy_; }
  const P& policy() const { return policy_; }

  /// Called with every block that is evicted; for tests and for records of evictions.
  template <class F>
  void observe_evictions(F&& observer) {
    observer_ = std::forward<F>(observer);
  }

  /// Hints at an access that comes soon.
  void prefetch(const Access& a) const {
    __builtin_prefetch(&resident_[a.slot], 1);
    if constexpr (hook::Prefetch<P>) policy_.prefetch(a);
  }

 private:
  // A type of its own, not a plain byte, which could be a part of any object: see QueueSet::State.
  enum class Residency : std::uint8_t { kAbsent, kResident };

  bool evictable(Slot s) const {
    if constexpr (kForm == CacheForm::kPlain) {
      return true;
    } else {
      return pins_.empty() || pins_[s] == 0;
    }
  }
  std::uint64_t weight_of(Slot s) const {
    if constexpr (kForm == CacheForm::kPlain) {
      return 1;
    } else {
      return context_.weight(s);
    }
  }

  bool make_room(const Access& a, std::uint64_t weight) {
    while (occupied_ + weight > context_.capacity) {
      was_full_ = true;
      Slot victim;
      if constexpr (kForm == CacheForm::kPlain) {
        victim = policy_.victim(a, AlwaysEvictable{});
      } else {
        victim = policy_.victim(a, [this](Slot s) { return evictable(s); });
      }
      if (victim == kNoSlot) return false;
      evict(victim);
    }
    return true;
  }

  void insert(const Access& a, std::uint64_t weight) {
    resident_[a.slot] = Residency::kResident;
    occupied_ += weight;
    ++counts_.insertions;
    policy_.on_insert(a);
  }

  void evict(Slot s) {
    resident_[s] = Residency::kAbsent;
    occupied_ -= weight_of(s);
    ++counts_.evictions;
    policy_.on_remove(s);
    if constexpr (kForm == CacheForm::kGeneral) {
      if (observer_) observer_(s);
    }
  }

  // Undoes an insertion that came before its evictions.
  void take_back(Slot s, std::uint64_t weight) {
    resident_[s] = Residency::kAbsent;
    occupied_ -= weight;
    --counts_.insertions;
    policy_.on_remove(s);
  }

  bool reject() {
    ++counts_.rejected;
    return false;
  }

  PolicyContext context_;
  std::uint64_t occupied_ = 0;
  CacheCounts counts_;
  bool was_full_ = false;
  std::vector<Residency> resident_;
  std::vector<std::uint32_t> pins_;
  P policy_;
  std::function<void(Slot)> observer_;
};

}  // namespace kvsim
