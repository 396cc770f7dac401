#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include "policies/concept.hpp"
#include "policies/structures/indexed_heap.hpp"
#include "policies/structures/residents.hpp"

namespace kvsim {

/// LRU-K: evicts the block whose K-th last access is the oldest, which tells blocks used again and
/// again from blocks used once. Blocks with fewer accesses go first, the least recently used of
/// them; a block's accesses are remembered after it is evicted.
///
/// Source: O'Neil, O'Neil and Weikum 1993, "The LRU-K page replacement algorithm for database disk
/// buffering", section 2.1.3, with a correlated reference period of 0. O(log n) an access; 4 k + 4
/// bytes a slot and 12 for each block that the cache can hold. Deviations: the retained information
/// period is counted in accesses, and unbounded by default, since a slot's history costs nothing
/// more; an access whose block is then declined is remembered too.
class LruK {
 public:
  static constexpr std::string_view kName = "lru_k";
  static constexpr std::string_view kDoc =
      "Evicts the block whose K-th last access is the oldest (O'Neil et al. 1993).";
  struct Config {
    std::uint32_t k = 2;
    std::uint32_t retention = 0;
    static auto fields() {
      return std::tuple(field("k", &Config::k, 1, 16, "which of the last accesses ranks a block"),
                        field("retention", &Config::retention, 0, 4294967295.0,
                              "accesses for which an evicted block's history is kept after its "
                              "last one; 0: for ever"));
    }
  };

  LruK(const Config& config, const PolicyContext& context)
      : config_(config),
        history_(static_cast<std::size_t>(context.slots) * config.k),
        heap_(context.slots, most_residents(context)) {}

  void on_hit(const Access& a) {
    remember(a);
    heap_.update(entry(a.slot));
  }
  void on_miss(const Access& a) {
    const Position last = *past(a.slot);
    if (config_.retention > 0 && last != kNone && a.position + 1 - last > config_.retention) {
      std::fill_n(past(a.slot), config_.k, kNone);
    }
    remember(a);
  }
  void on_insert(const Access& a) {
    if (*past(a.slot) != a.position + 1) on_miss(a);  // inserted without having been looked up
    heap_.push(entry(a.slot));
  }
  void on_remove(Slot s) { heap_.erase(s); }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) const {
    return heap_.least_evictable(evictable);
  }

  std::size_t memory_bytes() const {
    return history_.capacity() * sizeof(Position) + heap_.memory_bytes();
  }
  void check_invariants() const { heap_.check_invariants(); }

 private:
  static constexpr Position kNone = 0;

  struct Entry {
    Position kth;
    Position last;
    Slot slot;
    bool operator<(const Entry& other) const {
      return std::tie(kth, last, slot) < std::tie(other.kth, other.last, other.slot);
    }
  };

  // The last k accesses to `s`, newest first, as position + 1; kNone for those that never were.
  Position* past(Slot s) { return &history_[static_cast<std::size_t>(s) * config_.k]; }
  void remember(const Access& a) {
    Position* const newest = past(a.slot);
    std::copy_backward(newest, newest + config_.k - 1, newest + config_.k);
    *newest = a.position + 1;
  }
  Entry entry(Slot s) {
    const Position* const newest = past(s);
    return {newest[config_.k - 1], newest[0], s};
  }

  Config config_;
  std::vector<Position> history_;
  IndexedHeap<Entry> heap_;
};

static_assert(EvictionPolicy<LruK>);

}  // namespace kvsim
