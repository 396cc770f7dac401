#pragma once
// What a policy's second, faster form is: the same counts as the policy itself, for `flat` replays
// of equal blocks that are neither pinned nor filtered. It keeps its own residency, in as little
// memory as it can, and may lean on the stream's shared columns.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "policies/concept.hpp"

namespace kvsim {

/// The stream's columns, shared by all runs that read it.
struct StreamColumns {
  std::uint32_t slots = 0;             ///< distinct blocks
  std::span<const Slot> slot;          ///< one an access
  const Position* previous = nullptr;  ///< one an access: 1 + the position of the same block's
                                       ///< previous access, 0 where there is none; null unless the
                                       ///< form's kPrevious asks for it
  const Position* next = nullptr;      ///< one an access: the position of the same block's next
                                       ///< access, or kNever; null unless the policy is an oracle
};

/// The first position from `first` on of the block that position `p` accesses, by the column of
/// previous positions: where a request that begins at `first` has the block more than once, it is
/// this access that finds it as the request found it.
inline Position earliest_in_request(const Position* previous, Position p, Position first) {
  while (previous[p] > first) p = previous[p] - 1;
  return p;
}

/// Whether a form reads the column of previous positions.
enum class NeedsPrevious { kNo, kForPrefixReuse, kYes };

/// - `serves(config, accesses, slots)`: whether the form can stand in for the policy so configured;
/// - `memory_bytes(capacity, columns)`: heap bytes of one so constructed;
/// - `access(p)`: the access at position `p`, positions coming in order; true if it was a hit;
/// - `resident(p, first)`: whether the block that position `p` accesses is in the cache before the
///   access at `first`, the next one, and `p` is not before it;
/// - `occupied()`: blocks in the cache; every miss inserts, so that evictions follow from it;
/// - `prefetch(p)`: hints that position `p` is accessed soon.
template <class F>
concept FastForm = EvictionPolicy<typename F::Policy> &&
    std::same_as<decltype(F::kPrevious), const NeedsPrevious> &&
    std::constructible_from<F, const typename F::Policy::Config&, std::uint64_t,
                            const StreamColumns&> &&
    requires(F f, const F& c, const typename F::Policy::Config& config, Position p,
             std::uint64_t n) {
  { F::serves(config, n, n) } -> std::same_as<bool>;
  { f.access(p) } -> std::same_as<bool>;
  { c.resident(p, p) } -> std::same_as<bool>;
  { c.occupied() } -> std::same_as<std::uint64_t>;
  { c.prefetch(p) } -> std::same_as<void>;
  { F::memory_bytes(n, StreamColumns{}) } -> std::same_as<std::size_t>;
};

/// The faster form of a policy, or void. A form's file specialises it.
template <class P>
struct FastFormOf {
  using Type = void;
};

}  // namespace kvsim
