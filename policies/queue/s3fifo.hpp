#pragma once

#include <algorithm>
#include <tuple>

#include "policies/concept.hpp"
#include "policies/structures/queue_set.hpp"
#include "sim/core/share.hpp"

namespace kvsim {

/// S3-FIFO: new blocks pass through a small FIFO, from which only those hit more than once reach
/// the main one, a CLOCK of two bits; the others leave early and are remembered in a FIFO of
/// ghosts. A block missed while its ghost lasts goes straight to the main queue.
///
/// Source: Yang, Zhang, Qiu, Yue and Rashmi, "FIFO queues are all you need for cache eviction",
/// SOSP 2023, section 4 and algorithm 1. O(1) an access, amortised; 9 bytes a slot. Deviations:
/// until the first eviction, a full small queue sends new blocks to the main one, and whether the
/// main queue is over its share decides which of the two is evicted, as in libCacheSim. With
/// `variant=paper`, new blocks enter the small queue at all times, and whether that has its share
/// decides. In either, promotion into a full main queue evicts nothing by itself.
class S3Fifo {
 public:
  static constexpr std::string_view kName = "s3fifo";
  static constexpr std::string_view kDoc =
      "Small FIFO, main FIFO with reinsertion, and ghosts: quick demotion of blocks hit at most "
      "once (Yang et al., SOSP 2023, algorithm 1).";
  enum class Variant : std::uint8_t { kLibcachesim, kPaper };
  struct Config {
    double small = 0.1;
    double ghost = 0.9;
    std::uint32_t promote = 2;
    Variant variant = Variant::kLibcachesim;
    static auto fields() {
      return std::tuple(
          field("small", &Config::small, 0, 1, "share of the capacity for the small queue"),
          field("ghost", &Config::ghost, 0, 10, "share of the capacity remembered as ghosts"),
          field("promote", &Config::promote, 1, 15, "hits in the small queue that lead to main"),
          field("variant", &Config::variant, {"libcachesim", "paper"},
                "where blocks go before the first eviction, and which queue is evicted"));
    }
  };

  S3Fifo(const Config& config, const PolicyContext& context)
      : small_limit_(share_of(context.capacity, config.small)),
        main_limit_(context.capacity - small_limit_),
        ghost_limit_(share_of(context.capacity, config.ghost)),
        promote_(static_cast<std::uint8_t>(config.promote)),
        most_hits_(std::max(kMostTurns, promote_)),
        paper_(config.variant == Variant::kPaper),
        queues_(context, 3) {}

  void on_hit(const Access& a) {
    const std::uint8_t hits = queues_.mark(a.slot);
    if (hits < most_hits_) queues_.set_mark(a.slot, static_cast<std::uint8_t>(hits + 1));
  }
  void on_miss(const Access& a) {
    const bool ghost = queues_.of(a.slot) == kGhost;
    if (ghost) queues_.remove(a.slot);
    queues_.set_mark(a.slot, ghost);
  }
  void on_insert(const Access& a) {
    const bool fills_main = !paper_ && !evicted_ && queues_.weight(kSmall) >= small_limit_;
    queues_.push(queues_.mark(a.slot) != 0 || fills_main ? kMain : kSmall, a.slot);
  }
  void on_remove(Slot s) {
    evicted_ = true;
    if (queues_.of(s) == kSmall) {
      queues_.move_to_ghosts(s, kGhost, ghost_limit_);
    } else {
      queues_.remove(s);
    }
  }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) {
    const bool main_first =
        paper_ ? queues_.weight(kSmall) < small_limit_ : queues_.weight(kMain) > main_limit_;
    Slot s = kNoSlot;
    if (main_first) s = main_victim(evictable);
    if (s == kNoSlot) s = small_victim(evictable);
    if (s == kNoSlot) s = main_victim(evictable);
    return s;
  }

  void prefetch(const Access& a) const { queues_.prefetch(a.slot); }
  std::size_t memory_bytes() const { return queues_.memory_bytes(); }
  void check_invariants() const {
    queues_.check_invariants();
    if (queues_.weight(kGhost) > ghost_limit_) throw std::logic_error("too many ghosts");
  }

 private:
  enum : QueueSet::Queue { kSmall = 1, kMain, kGhost };
  static constexpr std::uint8_t kMostTurns = 3;

  template <class Evictable>
  Slot small_victim(const Evictable& evictable) {
    Slot s = queues_.oldest(kSmall);
    while (s != kNoSlot) {
      const Slot next = queues_.younger(s);
      if (evictable(s)) {
        if (queues_.mark(s) < promote_) return s;
        queues_.move(s, kMain);
      }
      s = next;
    }
    return kNoSlot;
  }

  template <class Evictable>
  Slot main_victim(const Evictable& evictable) {
    Slot s = queues_.oldest(kMain);
    while (s != kNoSlot) {
      Slot next = queues_.younger(s);
      if (evictable(s)) {
        const std::uint8_t turns = std::min(queues_.mark(s), kMostTurns);
        if (turns == 0) return s;
        queues_.move(s, kMain, static_cast<std::uint8_t>(turns - 1));
        if (next == kNoSlot) next = queues_.oldest(kMain);
      }
      s = next;
    }
    return kNoSlot;
  }

  std::uint64_t small_limit_;
  std::uint64_t main_limit_;
  std::uint64_t ghost_limit_;
  std::uint8_t promote_;
  std::uint8_t most_hits_;  ///< as far as hits are counted
  bool paper_;
  bool evicted_ = false;
  QueueSet queues_;
};

static_assert(EvictionPolicy<S3Fifo>);

}  // namespace kvsim
