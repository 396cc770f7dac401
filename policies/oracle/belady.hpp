#pragma once

#include <span>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "policies/concept.hpp"
#include "policies/structures/position_set.hpp"

namespace kvsim {

/// Belady's optimum: evicts the block whose next use lies furthest ahead, a block that is never
/// used again before any other. With `bypass`, an incoming block that would be used no earlier than
/// every block that may leave is declined instead.
///
/// Source: Belady 1966, "A study of replacement algorithms for a virtual-storage computer" (MIN);
/// Mattson et al. 1970, section "Optimal replacement" (OPT). A resident's next use is a position
/// that no other block has, so that residents are kept as a set of positions: O(log64 of the
/// stream) an access, 4.1 bytes a slot and 1.02 bits an access of the stream. Deviations: sizes are
/// ignored in the choice, with which it is no longer the optimum; nor is it under prefix reuse,
/// since it does not know that a block counts only behind a resident prefix.
class Belady {
 public:
  static constexpr std::string_view kName = "belady";
  static constexpr std::string_view kDoc =
      "Evicts the block whose next use is furthest in the future: optimal for independent accesses "
      "to blocks of equal size, beaten at times under prefix reuse (Belady 1966, MIN).";
  static constexpr PolicyTraits kTraits{.needs_future = true};
  struct Config {
    bool bypass = false;
    static auto fields() {
      return std::tuple(field("bypass", &Config::bypass,
                              "decline a block used no earlier than every block that may leave"));
    }
  };

  Belady(const Config& config, const PolicyContext& context)
      : bypass_(config.bypass),
        stream_(context.stream),
        next_(context.slots),
        upcoming_(context.stream.size()),
        unused_(context.slots) {}

  void on_hit(const Access& a) {
    take_out(a.slot);
    put_in(a);
  }
  void on_insert(const Access& a) { put_in(a); }
  void on_remove(Slot s) { take_out(s); }

  template <class Evictable>
  Slot victim(const Access& incoming, const Evictable& evictable) const {
    const Slot last = furthest(evictable);
    const bool declined = bypass_ && last != kNoSlot && incoming.next >= next_[last];
    return declined ? kNoSlot : last;
  }

  std::size_t memory_bytes() const {
    return next_.capacity() * sizeof(Position) + upcoming_.memory_bytes() + unused_.memory_bytes();
  }
  void check_invariants() const {
    upcoming_.check_invariants();
    unused_.check_invariants();
    const auto foreign = [&](Position p) { return next_[stream_[p]] != p; };
    if (upcoming_.highest_where(foreign) != PositionSet::kNone) {
      throw std::logic_error("a position belongs to no resident");
    }
    const auto used = [&](Slot s) { return next_[s] != kNever; };
    if (unused_.highest_where(used) != PositionSet::kNone) {
      throw std::logic_error("a block held as unused is used again");
    }
  }

 private:
  template <class Evictable>
  Slot furthest(const Evictable& evictable) const {
    const Slot unused = unused_.highest_where(evictable);
    if (unused != PositionSet::kNone) return unused;
    const Position last =
        upcoming_.highest_where([&](Position p) { return evictable(stream_[p]); });
    return last == PositionSet::kNone ? kNoSlot : stream_[last];
  }
  void put_in(const Access& a) {
    next_[a.slot] = a.next;
    if (a.next == kNever) {
      unused_.insert(a.slot);
    } else {
      upcoming_.insert(a.next);
    }
  }
  void take_out(Slot s) {
    if (next_[s] == kNever) {
      unused_.erase(s);
    } else {
      upcoming_.erase(next_[s]);
    }
  }

  bool bypass_;
  std::span<const Slot> stream_;
  std::vector<Position> next_;  // of a resident: its next use
  PositionSet upcoming_;        // the residents' next uses
  PositionSet unused_;          // residents, by slot, that are never used again
};

static_assert(EvictionPolicy<Belady>);

}  // namespace kvsim
