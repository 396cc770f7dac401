#pragma once

#include <array>

#include "policies/recency/lru_fast.hpp"
#include "policies/structures/last_uses.hpp"
#include "policies/sweep_form.hpp"

namespace kvsim {

/// LRU at many capacities: one set of last uses serves them all.
class LruSweep {
 public:
  using Policy = Lru;
  static constexpr NeedsPrevious kPrevious = NeedsPrevious::kYes;
  static constexpr std::size_t kMostLanes = 32;
  static bool serves(const Lru::Config&, std::uint64_t, std::uint64_t) { return true; }

  LruSweep(const Lru::Config&, std::span<const std::uint64_t> capacities,
           const StreamColumns& columns)
      : previous_(columns.previous), lanes_(capacities.size()), uses_(columns.slot.size()) {
    for (std::size_t k = 0; k < lanes_; ++k) caches_[k] = LastUses::Cache(capacities[k]);
  }

  void access(Position p) {
    const LastUses::Bit use = uses_.supersede(previous_[p]);
    for (std::size_t k = 0; k < lanes_; ++k) misses_[k] += caches_[k].access(use, uses_) ? 0U : 1U;
  }
  Lanes resident(Position p, Position first) const {
    const Position before = previous_[earliest_in_request(previous_, p, first)];
    Lanes lanes = 0;
    for (std::size_t k = 0; k < lanes_; ++k) lanes |= Lanes{caches_[k].holds(before)} << k;
    return lanes;
  }
  std::uint64_t misses(std::size_t lane) const { return misses_[lane]; }
  void prefetch(Position p) const { uses_.prefetch(previous_[p]); }

 private:
  const Position* previous_;
  std::size_t lanes_;
  std::array<LastUses::Cache, kMostLanes> caches_;
  std::array<std::uint64_t, kMostLanes> misses_{};
  LastUses uses_;
};

static_assert(SweepForm<LruSweep>);

template <>
struct SweepFormOf<Lru> {
  using Type = LruSweep;
};

}  // namespace kvsim
