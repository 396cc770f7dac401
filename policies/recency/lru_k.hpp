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
/// buffering", section 2.1 (figure 2.1). O(log n) an access, and a look at each block within its
/// correlated period for an eviction; 4 k + 4 bytes a slot, 4 more with such a period, and 12 for
/// each block that the cache can hold: over 24 with residency where it can hold every block, since
/// each has a history. Deviations: both periods are counted in accesses; by default
/// none are correlated, and history is kept for ever, since a slot's costs nothing more; an access
/// whose block is then declined is remembered too; where every block that may leave is within its
/// correlated period, they are ranked all the same.
class LruK {
 public:
  static constexpr std::string_view kName = "lru_k";
  static constexpr std::string_view kDoc =
      "Evicts the block whose K-th last access is the oldest (O'Neil et al. 1993).";
  static constexpr PolicyTraits kTraits{.cost = 2};
  struct Config {
    std::uint32_t k = 2;
    std::uint32_t correlated = 0;
    std::uint32_t retention = 0;
    static auto fields() {
      return std::tuple(field("k", &Config::k, 1, 16, "which of the last accesses ranks a block"),
                        field("correlated", &Config::correlated, 0, 4294967295.0,
                              "accesses to a resident block that follow within so many accesses "
                              "count as one, during which it stays"),
                        field("retention", &Config::retention, 0, 4294967295.0,
                              "accesses for which an evicted block's history is kept after its "
                              "last one; 0: for ever"));
    }
  };

  LruK(const Config& config, const PolicyContext& context)
      : config_(config),
        last_at_(config.correlated > 0 ? config.k : 0),
        words_(config.correlated > 0 ? config.k + 1 : config.k),
        history_(static_cast<std::size_t>(context.slots) * words_),
        heap_(context.slots, most_residents(context)) {}

  void on_hit(const Access& a) {
    Position* const past = past_of(a.slot);
    const Position now = a.position + 1;
    if (now - past[last_at_] > config_.correlated) {
      remember(past, now, past[last_at_] - past[0]);
    } else {
      past[last_at_] = now;
    }
    heap_.update(entry(a.slot));
  }
  void on_miss(const Access& a) {
    Position* const past = past_of(a.slot);
    const Position now = a.position + 1;
    const bool forgotten = config_.retention > 0 && now - past[last_at_] > config_.retention;
    if (forgotten) std::fill_n(past, config_.k, kNone);
    remember(past, now, 0);
  }
  void on_insert(const Access& a) {
    const bool looked_up = past_of(a.slot)[last_at_] == a.position + 1;
    if (!looked_up) on_miss(a);
    heap_.push(entry(a.slot));
  }
  void on_remove(Slot s) { heap_.erase(s); }

  template <class Evictable>
  Slot victim(const Access& incoming, const Evictable& evictable) const {
    if (config_.correlated > 0) {
      const Slot settled = heap_.least_evictable([&](Slot s) {
        return incoming.position + 1 - last_of(s) > config_.correlated && evictable(s);
      });
      if (settled != kNoSlot) return settled;
    }
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

  // The last k uncorrelated accesses to `s`, newest first, as position + 1, kNone for those that
  // never were; behind them, where some are correlated, the last access of all.
  Position* past_of(Slot s) { return &history_[static_cast<std::size_t>(s) * words_]; }
  Position last_of(Slot s) const {
    return history_[static_cast<std::size_t>(s) * words_ + last_at_];
  }
  // `period`: how long the accesses correlated with the newest went on, by which the older ones
  // move closer.
  void remember(Position* past, Position now, Position period) const {
    for (std::uint32_t i = config_.k - 1; i > 0; --i) {
      past[i] = past[i - 1] == kNone ? kNone : past[i - 1] + period;
    }
    past[0] = past[last_at_] = now;
  }
  Entry entry(Slot s) const {
    return {history_[static_cast<std::size_t>(s) * words_ + config_.k - 1], last_of(s), s};
  }

  Config config_;
  std::uint32_t last_at_;  // where in a slot's words its last access is
  std::uint32_t words_;    // a slot
  std::vector<Position> history_;
  IndexedHeap<Entry> heap_;
};

static_assert(EvictionPolicy<LruK>);

}  // namespace kvsim
