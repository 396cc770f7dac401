#pragma once

#include <algorithm>
#include <tuple>

#include "policies/concept.hpp"
#include "policies/structures/residents.hpp"
#include "policies/structures/sampled_residents.hpp"

namespace kvsim {

/// Hyperbolic caching: a block is worth its accesses over the time that it has been in the cache,
/// which falls for every block at its own pace, so that no order of them can be kept. The worst of
/// a random sample goes.
///
/// Source: Blankstein, Sen and Freedman 2017, "Hyperbolic caching: flexible caching for web
/// applications" (its priority, its form for sizes and its sampling). O(samples) an eviction; 4
/// bytes a slot and 12 for each block that the cache can hold. Deviations: time is counted in
/// accesses, and a sample is drawn with replacement, both as in libCacheSim, whose form without
/// sizes is the default; where nothing drawn may leave, every block is looked at.
class Hyperbolic {
 public:
  static constexpr std::string_view kName = "hyperbolic";
  static constexpr std::string_view kDoc =
      "Evicts the least frequency over time in the cache of a random sample (Blankstein et al. "
      "2017).";
  static constexpr PolicyTraits kTraits{.cost = 15};
  struct Config {
    std::uint32_t samples = 64;
    bool size_aware = false;
    static auto fields() {
      return std::tuple(
          field("samples", &Config::samples, 0, 65536, "blocks drawn for an eviction; 0: all"),
          field("size_aware", &Config::size_aware, "divide a block's worth by its size"));
    }
  };

  Hyperbolic(const Config& config, const PolicyContext& context)
      : config_(config), context_(context), residents_(context.slots, most_residents(context)) {}

  void on_hit(const Access& a) { ++residents_[a.slot].frequency; }
  void on_insert(const Access& a) { residents_.add({a.slot, 1, a.position}); }
  void on_remove(Slot s) { residents_.remove(s); }

  template <class Evictable>
  Slot victim(const Access& incoming, const Evictable& evictable) const {
    const auto age_over_use = [&](const Entry& e) {
      const Position age = std::max<Position>(incoming.position - e.entered, 1);
      const double size = config_.size_aware ? std::max(context_.size(e.slot), 1U) : 1U;
      return static_cast<double>(age) * size / e.frequency;
    };
    return residents_.highest(config_.samples, *context_.rng, age_over_use, evictable);
  }

  std::size_t memory_bytes() const { return residents_.memory_bytes(); }
  void check_invariants() const { residents_.check_invariants(); }

 private:
  struct Entry {
    Slot slot;
    std::uint32_t frequency;  // accesses since the insertion
    Position entered;
  };

  Config config_;
  PolicyContext context_;
  SampledResidents<Entry> residents_;
};

static_assert(EvictionPolicy<Hyperbolic>);

}  // namespace kvsim
