#pragma once

#include <tuple>

#include "policies/concept.hpp"
#include "policies/structures/queue_set.hpp"

namespace kvsim {

/// Segmented LRU: a ladder of LRU lists on which each hit lifts a block by one, and a full list
/// lets its least recent block down by one. What is used once leaves from the lowest without
/// disturbing what is used often.
///
/// Source: Karedla, Love and Wherry 1994, "Caching strategies to improve disk system performance"
/// (two segments); with four: Huang et al., "An analysis of Facebook photo caching", SOSP 2013.
/// O(segments) an access at worst, 9 bytes a slot. Deviations: by default a new block goes to the
/// lowest segment with room, so that an empty cache fills them all, and letting a block down into
/// a full lowest segment evicts from it, so that a hit can evict, as in libCacheSim. In
/// `variant=paper` new blocks enter the lowest segment only, which has all room that the others
/// leave; `segments=2,variant=paper` is Karedla's.
class Slru {
 public:
  static constexpr std::string_view kName = "slru";
  static constexpr std::string_view kDoc =
      "A ladder of LRU segments: up by one with each hit, down by one where a segment is full "
      "(Karedla et al. 1994; Huang et al., SOSP 2013).";
  enum class Variant : std::uint8_t { kLibcachesim, kPaper };
  struct Config {
    std::uint32_t segments = 4;
    Variant variant = Variant::kLibcachesim;
    static auto fields() {
      return std::tuple(
          field("segments", &Config::segments, 1, QueueSet::kMaxQueues, "segments of equal size"),
          field("variant", &Config::variant, {"libcachesim", "paper"},
                "whether new blocks fill higher segments, and the lowest has a limit"));
    }
  };

  Slru(const Config& config, const PolicyContext& context)
      : limit_(context.capacity / config.segments),
        lowest_limit_(config.variant == Variant::kPaper ? context.capacity : limit_),
        highest_(static_cast<QueueSet::Queue>(config.segments)),
        queues_(context, highest_) {}

  template <class Evict>
  void on_hit(const Access& a, const Evict& evict) {
    const QueueSet::Queue from = queues_.of(a.slot);
    if (from == highest_) return queues_.touch(a.slot);
    const auto to = static_cast<QueueSet::Queue>(from + 1);
    queues_.move(a.slot, to);
    // A segment that is within its limit lets nothing down: those below it have not grown.
    for (QueueSet::Queue segment = to; segment > kLowest && queues_.weight(segment) > limit_;
         --segment) {
      cool(segment, evict);
    }
  }
  void on_insert(const Access& a) {
    const std::uint64_t weight = queues_.weight_of(a.slot);
    QueueSet::Queue segment = kLowest;
    while (segment <= highest_ && queues_.weight(segment) + weight > limit(segment)) ++segment;
    queues_.push(segment <= highest_ ? segment : kLowest, a.slot);
  }
  void on_remove(Slot s) { queues_.remove(s); }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) const {
    Slot s = kNoSlot;
    for (QueueSet::Queue segment = kLowest; s == kNoSlot && segment <= highest_; ++segment) {
      s = queues_.oldest_evictable(segment, evictable);
    }
    return s;
  }

  void prefetch(const Access& a) const { queues_.prefetch(a.slot); }
  std::size_t memory_bytes() const { return queues_.memory_bytes(); }
  void check_invariants() const {
    queues_.check_invariants();
    for (QueueSet::Queue segment = kLowest + 1; segment <= highest_; ++segment) {
      if (queues_.weight(segment) > limit_) throw std::logic_error("a segment is over its limit");
    }
  }

 private:
  static constexpr QueueSet::Queue kLowest = 1;

  std::uint64_t limit(QueueSet::Queue segment) const {
    return segment == kLowest ? lowest_limit_ : limit_;
  }

  /// Lets the oldest of `segment`, not the lowest, down until the rest is within its limit.
  template <class Evict>
  void cool(QueueSet::Queue segment, const Evict& evict) {
    while (queues_.weight(segment) > limit_) {
      const Slot s = queues_.oldest(segment);
      const auto below = static_cast<QueueSet::Queue>(segment - 1);
      if (below == kLowest) make_room(queues_.weight_of(s), evict);
      queues_.move(s, below);
    }
  }
  /// Evicts from the lowest segment until it has room for `weight`, or nothing that may leave.
  template <class Evict>
  void make_room(std::uint64_t weight, const Evict& evict) {
    Slot s = queues_.oldest(kLowest);
    while (s != kNoSlot && queues_.weight(kLowest) + weight > lowest_limit_) {
      const Slot next = queues_.younger(s);
      evict(s);  // false where it is pinned: then it is passed over
      s = next;
    }
  }

  std::uint64_t limit_;         ///< units of every segment but the lowest
  std::uint64_t lowest_limit_;  ///< of the lowest: it is kept only by evicting on hits
  QueueSet::Queue highest_;
  QueueSet queues_;
};

static_assert(EvictionPolicy<Slru>);

}  // namespace kvsim
