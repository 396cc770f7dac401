#pragma once

#include <tuple>

#include "policies/concept.hpp"
#include "policies/structures/position_set.hpp"
#include "policies/structures/residents.hpp"
#include "policies/structures/sampled_residents.hpp"

namespace kvsim {

/// Belady's choice weighed by size: of a random sample of blocks, evicts the one whose distance to
/// its next use, times its size, is the largest. Blocks that are never used again go before any
/// other, and with `bypass` are not inserted.
///
/// Source: libCacheSim's BeladySize; compared with bounds on the optimum by Berger, Beckmann and
/// Harchol-Balter 2018, "Practical bounds on optimal caching with variable object sizes".
/// O(samples) an eviction; 4.1 bytes a slot and 8 for each block that the cache can hold.
/// Deviations: libCacheSim makes room for a block that is never used again and drops it at once,
/// here it stays as the first to leave, with the same hits; draws are uniform; where nothing drawn
/// may leave, every block is looked at.
class BeladySize {
 public:
  static constexpr std::string_view kName = "belady_size";
  static constexpr std::string_view kDoc =
      "Evicts the largest next-use distance times size of a random sample (libCacheSim, "
      "BeladySize).";
  static constexpr PolicyTraits kTraits{.needs_future = true, .cost = 5};
  struct Config {
    std::uint32_t samples = 128;
    bool bypass = false;
    static auto fields() {
      return std::tuple(
          field("samples", &Config::samples, 0, 65536, "blocks drawn for an eviction; 0: all"),
          field("bypass", &Config::bypass, "decline a block that is never used again"));
    }
  };

  BeladySize(const Config& config, const PolicyContext& context)
      : config_(config),
        context_(context),
        used_(context.slots, most_residents(context)),
        unused_(context.slots) {}

  void on_hit(const Access& a) {
    on_remove(a.slot);
    on_insert(a);
  }
  bool admit(const Access& a) const { return !config_.bypass || a.next != kNever; }
  void on_insert(const Access& a) {
    if (a.next == kNever) {
      unused_.insert(a.slot);
    } else {
      used_.add({a.slot, a.next});
    }
  }
  void on_remove(Slot s) {
    if (used_.contains(s)) {
      used_.remove(s);
    } else {
      unused_.erase(s);
    }
  }

  template <class Evictable>
  Slot victim(const Access& incoming, const Evictable& evictable) const {
    const Slot unused = unused_.highest_where(evictable);
    if (unused != PositionSet::kNone) return unused;
    const auto byte_distance = [&](const Entry& e) {
      const Position ahead = e.next > incoming.position ? e.next - incoming.position : 0;
      return std::uint64_t{ahead} * context_.size(e.slot);
    };
    return used_.highest(config_.samples, *context_.rng, byte_distance, evictable);
  }

  std::size_t memory_bytes() const { return used_.memory_bytes() + unused_.memory_bytes(); }
  void check_invariants() const {
    used_.check_invariants();
    unused_.check_invariants();
  }

 private:
  struct Entry {
    Slot slot;
    Position next;
  };

  Config config_;
  PolicyContext context_;
  SampledResidents<Entry> used_;  // residents that are used again
  PositionSet unused_;            // the others, by slot
};

static_assert(EvictionPolicy<BeladySize>);

}  // namespace kvsim
