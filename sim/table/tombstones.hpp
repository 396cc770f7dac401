#pragma once
// Cleaning up where deletions leave tombstones.

#include <cstdint>

namespace kvsim {

/// Puts the entries of `places` places where they would be if nothing had ever been deleted, within
/// those places. Before, each place waits, if it holds an entry, or else is empty; none is a
/// tombstone. `waits(p)` says which; `target(p)` is the first place, in the search for the key at
/// p, that holds no settled entry; `swap(p, q)` exchanges two places, whichever they are;
/// `settle(p)` ends the waiting.
///
/// A search passes settled entries only, which never leave again: so it finds each of them.
template <class Waits, class Target, class Swap, class Settle>
void settle_in_place(std::uint64_t places, const Waits& waits, const Target& target,
                     const Swap& swap, const Settle& settle) {
  for (std::uint64_t place = 0; place < places; ++place) {
    while (waits(place)) {
      const std::uint64_t to = target(place);
      if (to != place) swap(place, to);
      settle(to);
    }
  }
}

/// When to clean up: half of the places that no entry ever needs must be free of tombstones, too.
constexpr std::uint64_t least_empty(std::uint64_t places, std::uint64_t capacity) {
  return (places - capacity + 1) / 2;
}

}  // namespace kvsim
