#pragma once

#include "policies/fast_form.hpp"
#include "policies/oracle/belady.hpp"
#include "policies/structures/position_set.hpp"

namespace kvsim {

/// Belady's optimum as a set of positions alone: those of the residents' next uses. A block is
/// resident exactly if the position of its access is in the set, and of the blocks that are never
/// used again only the number matters. 1.02 bits an access of the stream, none a slot.
class BeladyFast {
 public:
  using Policy = Belady;
  static constexpr NeedsPrevious kPrevious = NeedsPrevious::kForPrefixReuse;
  static bool serves(const Belady::Config& config, std::uint64_t, std::uint64_t) {
    return !config.bypass;
  }
  static std::size_t memory_bytes(std::uint64_t, const StreamColumns& columns) {
    return PositionSet::memory_bytes(columns.slot.size());
  }

  BeladyFast(const Belady::Config&, std::uint64_t capacity, const StreamColumns& columns)
      : previous_(columns.previous),
        next_(columns.next),
        capacity_(capacity),
        upcoming_(columns.slot.size()) {}

  bool access(Position p) {
    const bool hit = upcoming_.contains(p);
    if (hit) {
      upcoming_.erase(p);
    } else if (occupied_ < capacity_) {
      ++occupied_;
    } else if (unused_ > 0) {
      --unused_;
    } else {
      upcoming_.erase(upcoming_.highest());
    }
    if (next_[p] == kNever) {
      ++unused_;
    } else {
      upcoming_.insert(next_[p]);
    }
    return hit;
  }
  bool resident(Position p, Position first) const {
    return upcoming_.contains(earliest_in_request(previous_, p, first));
  }
  std::uint64_t occupied() const { return occupied_; }
  void prefetch(Position p) const {
    if (next_[p] != kNever) upcoming_.prefetch(next_[p]);
  }

 private:
  const Position* previous_;
  const Position* next_;
  std::uint64_t capacity_;
  std::uint64_t occupied_ = 0;
  std::uint64_t unused_ = 0;  // residents that are never used again
  PositionSet upcoming_;      // the next uses of the others
};

static_assert(FastForm<BeladyFast>);

template <>
struct FastFormOf<Belady> {
  using Type = BeladyFast;
};

}  // namespace kvsim
