#pragma once

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "policies/concept.hpp"
#include "policies/structures/counting_bloom.hpp"
#include "policies/structures/frequency_sketch.hpp"
#include "policies/structures/queue_set.hpp"
#include "policies/structures/residents.hpp"
#include "sim/core/error.hpp"
#include "sim/core/share.hpp"

namespace kvsim {

/// Window TinyLFU: a small LRU window takes every new block, and a block that leaves the window
/// enters the main part, a segmented LRU, only if a sketch of recent use knows it as more frequent
/// than the block that would have to leave for it.
///
/// Source: Einziger, Friedman and Manes 2017, "TinyLFU: a highly efficient cache admission policy",
/// section 4 (the window), and Caffeine's WindowTinyLfuPolicy, its form with a fixed window. O(1)
/// an access; 9 bytes a slot and the sketch, 12 bytes for each block that the cache can hold.
/// Deviations of `variant=caffeine`: a sample counts every access, as in the paper, where Caffeine
/// counts changes of its sketch; no randomness against hash flooding. A block larger than the
/// window is itself the candidate, and is declined if it loses.
///
/// `variant=libcachesim` follows that simulator's rules where they differ (it is meant for blocks
/// of weight 1): the window is bounded only once something must leave, the main part's segments
/// fill from below, and the sketch counts without conservative update, ageing by hits in the main
/// part; 57.5 bytes for each block that the cache can hold.
class WTinyLfu {
 public:
  static constexpr std::string_view kName = "wtinylfu";
  static constexpr std::string_view kDoc =
      "An LRU window before a segmented LRU that admits by sketched frequency (Einziger et al. "
      "2017, "
      "section 4).";
  static constexpr PolicyTraits kTraits{.cost = 3};
  enum class Variant { kCaffeine, kLibcachesim };
  struct Config {
    Variant variant = Variant::kCaffeine;
    double window = 0.01;
    double protected_share = 0.8;
    static auto fields() {
      return std::tuple(
          field("variant", &Config::variant, {"caffeine", "libcachesim"}, "whose rules to follow"),
          field("window", &Config::window, 0, 1, "share of the capacity in the window"),
          field("protected", &Config::protected_share, 0, 1,
                "share of the main part in its upper segment"));
    }
  };

  /// Throws InputError where libCacheSim's rules, which count blocks, would have to count bytes.
  WTinyLfu(const Config& config, const PolicyContext& context)
      : WTinyLfu(config, context, follows_peer(config, context)) {}

  template <class Evict>
  void on_hit(const Access& a, const Evict& evict) {
    named_ = candidate_ = kNoSlot;
    const bool in_window = queues_.of(a.slot) == kWindow;
    if (!peer_) {
      sketch_.record(a.slot);
    } else if (!in_window) {
      counters_.increment(context_.id(a.slot));
      if (++main_hits_ % (kHitsABlock * main_size_) == 0) counters_.halve();
    }
    queues_.move(a.slot, in_window ? kWindow : kProtected);
    cool(evict);
  }
  void on_miss(const Access& a) {
    if (!peer_) sketch_.record(a.slot);
  }
  // libCacheSim takes nothing that is larger than its window.
  bool admit(const Access& a) const { return !peer_ || !outweighs_window(a.slot); }
  void on_insert(const Access& a) {
    if (peer_) {
      counters_.increment(context_.id(a.slot));
      queues_.push(kWindow, a.slot);
      return;
    }
    queues_.push(outweighs_window(a.slot) ? kProbation : kWindow, a.slot);
    while (queues_.weight(kWindow) > window_size_) move_to_main(queues_.oldest(kWindow));
  }
  void on_remove(Slot s) {
    queues_.remove(s);
    if (s == named_ && peer_) {
      counters_.increment(context_.id(candidate_));
      if (s != candidate_) move_to_main(candidate_);
    }
    if (s == named_ || s == candidate_) named_ = candidate_ = kNoSlot;
  }

  template <class Evictable>
  Slot victim(const Access& incoming, const Evictable& evictable) {
    named_ = candidate_ = kNoSlot;
    if (peer_) fill_main();
    const Slot window = queues_.oldest_evictable(kWindow, evictable);
    const Slot probation = queues_.oldest_evictable(kProbation, evictable);
    const Slot main =
        probation != kNoSlot ? probation : queues_.oldest_evictable(kProtected, evictable);
    if (peer_) {
      if (window == kNoSlot) return main;
      candidate_ = window;
      return named_ = main != kNoSlot && beats(window, main) ? main : window;
    }
    if (outweighs_window(incoming.slot)) {
      const Slot last = main != kNoSlot ? main : window;
      return last != kNoSlot && beats(incoming.slot, last) ? last : kNoSlot;
    }
    const bool overflows =
        queues_.weight(kWindow) + queues_.weight_of(incoming.slot) > window_size_;
    if (window == kNoSlot || (!overflows && main != kNoSlot)) return main;
    return probation != kNoSlot && beats(window, probation) ? probation : window;
  }

  void prefetch(const Access& a) const { queues_.prefetch(a.slot); }
  std::size_t memory_bytes() const {
    return queues_.memory_bytes() + sketch_.memory_bytes() + counters_.memory_bytes();
  }
  void check_invariants() const {
    queues_.check_invariants();
    sketch_.check_invariants();
    if (!peer_ && queues_.weight(kWindow) > window_size_) throw std::logic_error("window too full");
    if (queues_.weight(kProtected) > protected_size_) throw std::logic_error("protected too full");
  }

 private:
  static constexpr QueueSet::Queue kWindow = 1, kProbation = 2, kProtected = 3;
  static constexpr std::uint64_t kHitsABlock = 32;

  WTinyLfu(const Config& config, const PolicyContext& context, bool peer)
      : peer_(peer),
        context_(context),
        window_size_(peer ? share_of(context.capacity, config.window)
                          : context.capacity - share_of(context.capacity, 1 - config.window)),
        main_size_(context.capacity - window_size_),
        probation_size_(share_of(main_size_, 1 - config.protected_share)),
        protected_size_(share_of(main_size_, config.protected_share)),
        queues_(context, 3),
        sketch_(peer ? 0 : typical_residents(context)),
        counters_(peer ? std::max<std::uint64_t>(main_size_, 1) : 0) {}

  static bool follows_peer(const Config& config, const PolicyContext& context) {
    const bool peer = config.variant == Variant::kLibcachesim;
    if (peer && context.weights != nullptr) {
      throw InputError("policy 'wtinylfu': variant=libcachesim takes a capacity in blocks only");
    }
    return peer;
  }
  bool outweighs_window(Slot s) const { return queues_.weight_of(s) > window_size_; }
  // Whether `s` was used more often, as far as is known.
  bool beats(Slot s, Slot other) const {
    if (!peer_) return sketch_.estimate(s) > sketch_.estimate(other);
    return counters_.estimate(context_.id(s)) > counters_.estimate(context_.id(other));
  }
  template <class Evict>
  void cool(const Evict& evict) {
    while (queues_.weight(kProtected) > protected_size_) {
      const Slot cooled = queues_.oldest(kProtected);
      if (peer_) make_room_in_probation(queues_.weight_of(cooled), evict);
      queues_.move(cooled, kProbation);
    }
  }
  // libCacheSim: a cooled block finds room or makes it, as far as blocks may leave.
  template <class Evict>
  void make_room_in_probation(std::uint64_t weight, const Evict& evict) {
    Slot s = queues_.oldest(kProbation);
    while (s != kNoSlot && queues_.weight(kProbation) + weight > probation_size_) {
      const Slot younger = queues_.younger(s);
      evict(s);
      s = younger;
    }
  }
  void move_to_main(Slot s) {
    const std::uint64_t weight = queues_.weight_of(s);
    const bool upper = peer_ && queues_.weight(kProbation) + weight > probation_size_ &&
                       queues_.weight(kProtected) + weight <= protected_size_;
    queues_.move(s, upper ? kProtected : kProbation);
  }
  // libCacheSim: what main has room for goes there uncompared.
  void fill_main() {
    for (Slot s = queues_.oldest(kWindow); s != kNoSlot; s = queues_.oldest(kWindow)) {
      const std::uint64_t held = queues_.weight(kProbation) + queues_.weight(kProtected);
      if (held + queues_.weight_of(s) > main_size_) return;
      counters_.increment(context_.id(s));
      move_to_main(s);
    }
  }

  bool peer_;  // libCacheSim's rules
  PolicyContext context_;
  std::uint64_t window_size_, main_size_, probation_size_, protected_size_;
  QueueSet queues_;
  FrequencySketch sketch_;  // ours
  CountingBloom counters_;  // libCacheSim's
  std::uint64_t main_hits_ = 0;
  // libCacheSim: the victim chosen last, and the window's block that was compared, perhaps itself.
  Slot named_ = kNoSlot;
  Slot candidate_ = kNoSlot;
};

static_assert(EvictionPolicy<WTinyLfu>);

}  // namespace kvsim
