#pragma once
// What a policy's sweep form is: a faster form (fast_form.hpp) that serves several capacities in
// one pass over the stream, with the same counts as each alone. A lane is one of the capacities.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "policies/fast_form.hpp"

namespace kvsim {

/// A set of lanes: bit k is lane k.
using Lanes = std::uint64_t;

/// - `kMostLanes`: how many capacities a pass takes; `kPrevious`, `serves(…)`, `prefetch(p)`: as of
///   a FastForm;
/// - the constructor takes the capacities, the smallest first;
/// - `access(p)`: the access at position `p` in all lanes, positions coming in order;
/// - `resident(p, first)`: the lanes whose cache holds the block that position `p` accesses, before
///   the access at `first`, the next one, and `p` is not before it;
/// - `misses(lane)`: how many so far; every miss inserts.
template <class F>
concept SweepForm =
    FastForm<typename FastFormOf<typename F::Policy>::Type> &&
    std::same_as<decltype(F::kPrevious), const NeedsPrevious> &&
    std::convertible_to<decltype(F::kMostLanes), std::size_t> && std::constructible_from < F,
        const typename F::Policy::Config&, std::span<const std::uint64_t>,
const StreamColumns& > &&requires(F f, const F& c, const typename F::Policy::Config& config,
                                  Position p, std::size_t lane, std::uint64_t n) {
  { F::serves(config, n, n) } -> std::same_as<bool>;
  { f.access(p) } -> std::same_as<void>;
  { c.resident(p, p) } -> std::same_as<Lanes>;
  { c.misses(lane) } -> std::same_as<std::uint64_t>;
  { c.prefetch(p) } -> std::same_as<void>;
};

/// The sweep form of a policy, or void. A form's file specialises it.
template <class P>
struct SweepFormOf {
  using Type = void;
};

/// Calls `body` with each of `lanes`, the least first.
template <class Body>
void for_each_lane(Lanes lanes, Body&& body) {
  for (; lanes != 0; lanes &= lanes - 1) {
    body(static_cast<std::size_t>(std::countr_zero(lanes)));
  }
}

}  // namespace kvsim
