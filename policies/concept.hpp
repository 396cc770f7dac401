#pragma once
// What an eviction policy is: a plain struct with a name, a one-sentence doc, a Config, a
// constructor from (Config, PolicyContext), and hooks. The framework owns residency, capacity,
// pins and accounting; a policy only orders.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/core/fields.hpp"
#include "sim/core/ids.hpp"
#include "sim/core/rng.hpp"

namespace kvsim {

/// One access as a policy sees it.
struct Access {
  Slot slot;
  Position position;  ///< 0-based number of the access in the replay's stream
  Position next;      ///< position of the block's next access, or kNever; only where the policy's
                      ///< traits ask for it (kNever otherwise)
};

/// What a policy may know of the replay that it serves. The columns belong to the framework and
/// outlive the policy.
struct PolicyContext {
  std::uint32_t slots = 0;                 ///< distinct blocks of the trace
  std::uint64_t capacity = 0;              ///< in units: blocks, or bytes where blocks are weighed
  const std::uint32_t* weights = nullptr;  ///< units that a slot takes; null: each takes 1
  const std::uint32_t* sizes = nullptr;    ///< a slot's object size in bytes; null: each is 1
  const std::uint64_t* ids = nullptr;      ///< a slot's id in the trace; null: the slot itself
  std::span<const Slot> stream;            ///< the accessed slots in order; empty unless the
                                           ///< policy's traits ask for the future
  Rng* rng = nullptr;                      ///< the run's generator

  std::uint32_t weight(Slot s) const { return weights == nullptr ? 1 : weights[s]; }
  std::uint32_t size(Slot s) const { return sizes == nullptr ? 1 : sizes[s]; }
  std::uint64_t id(Slot s) const { return ids == nullptr ? s : ids[s]; }
};

/// What a policy needs of a trace or of the framework.
struct PolicyTraits {
  bool needs_future = false;   ///< reads Access::next and PolicyContext::stream (an oracle)
  bool inserts_first = false;  ///< the new block is inserted before victims are chosen, and may be
                               ///< one itself (GDSF)
  double cost = 1;             ///< of an access, in those of a list, roughly: what takes long is
                               ///< started first
};

template <class P>
constexpr PolicyTraits traits_of() {
  if constexpr (requires { P::kTraits; }) {
    return P::kTraits;
  } else {
    return {};
  }
}

/// Whether a resident block may leave now. In a cache without pins, every block may.
struct AlwaysEvictable {
  constexpr bool operator()(Slot) const { return true; }
};

/// Evicts a resident block at once, from within on_hit: true if it left, false if it is pinned.
/// The framework calls on_remove for it before returning.
struct EvictNow {
  bool operator()(Slot) const { return true; }
};

// A hook is optional, but not silently: where a member of its name exists, it must be callable as
// the framework calls it.
namespace hook {
// A name is found by its clash with another base's: that finds overloads, templates and private
// members too, which `&P::name` does not.
struct OtherOnMiss {
  int on_miss;
};
struct OtherAdmit {
  int admit;
};
template <class P, class Other>
struct Clash : P, Other {};
template <class P>
concept NamesOnMiss = !requires {
  &Clash<P, OtherOnMiss>::on_miss;
};
template <class P>
concept OnMiss = requires(P p, const Access& a) {
  { p.on_miss(a) } -> std::same_as<void>;
};
template <class P>
concept NamesAdmit = !requires {
  &Clash<P, OtherAdmit>::admit;
};
template <class P>
concept Admit = requires(P p, const Access& a) {
  { p.admit(a) } -> std::same_as<bool>;
};
template <class P>
concept PlainOnHit = requires(P p, const Access& a) {
  { p.on_hit(a) } -> std::same_as<void>;
};
template <class P>
concept EvictingOnHit = requires(P p, const Access& a, EvictNow evict) {
  { p.on_hit(a, evict) } -> std::same_as<void>;
};
template <class P>
concept Prefetch = requires(const P& p, const Access& a) {
  { p.prefetch(a) } -> std::same_as<void>;
};
}  // namespace hook

/// The hooks, in the order of an access:
///
/// - hit: `on_hit(access)`, or `on_hit(access, evict)` for a policy whose hits may evict;
/// - miss: `on_miss(access)` (optional: look the ghost up, adapt), then `admit(access)` (optional:
///   false declines the block), then, while there is no room, `victim(access, evictable)` and
///   `on_remove(victim)`, then `on_insert(access)`. With `inserts_first`, on_insert comes first.
///
/// `victim(incoming, evictable)` names a resident block for which `evictable(slot)` holds. It may
/// advance the policy's own scan (a clock's hand, a second chance) but must leave the block that it
/// names where it is: only on_remove takes it out, and the framework may decide not to evict it.
/// kNoSlot means "none": there is nothing evictable, or the policy declines the incoming block,
/// which is then rejected. Passing over a block that may not leave changes nothing, and one
/// fruitless round finds none.
///
/// `prefetch(access)` (optional) hints at an access that comes soon: where the policy's arrays are
/// larger than the processor's caches, most of an access is waiting for them.
///
/// `memory_bytes()` is all the policy holds on the heap. `check_invariants()` is called by tests
/// after every step, and asserts by throwing std::logic_error.
template <class P>
concept EvictionPolicy = std::convertible_to<decltype(P::kName), std::string_view> &&
    std::convertible_to<decltype(P::kDoc), std::string_view> &&
    std::default_initializable<typename P::Config> &&
    std::constructible_from<P, const typename P::Config&, const PolicyContext&> &&
    (hook::PlainOnHit<P> || hook::EvictingOnHit<P>)&&(!hook::NamesOnMiss<P> || hook::OnMiss<P>)&&(
        !hook::NamesAdmit<P> || hook::Admit<P>)&&requires(P p, const P& c, const Access& a, Slot s,
                                                          AlwaysEvictable evictable) {
  { p.on_insert(a) } -> std::same_as<void>;
  { p.on_remove(s) } -> std::same_as<void>;
  { p.victim(a, evictable) } -> std::same_as<Slot>;
  { c.memory_bytes() } -> std::same_as<std::size_t>;
  { c.check_invariants() } -> std::same_as<void>;
};

}  // namespace kvsim
