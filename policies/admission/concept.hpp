#pragma once
// What an admission filter is: it decides whether a missed block may enter the cache, beside any
// eviction policy and in front of it (filtered.hpp).

#include <concepts>
#include <cstddef>
#include <string_view>

#include "policies/concept.hpp"

namespace kvsim {

/// The hooks:
///
/// - `on_access(access)`: every access, hit or miss, before anything else is asked of it;
/// - `admit(incoming, victim)`: whether the block may enter, first with `victim` kNoSlot, "if
///   nothing had to leave for it", then for each block that would leave. It may be asked of one
///   access any number of times, and must answer the same for the same victim.
///
/// `memory_bytes()` is all the filter holds on the heap. `check_invariants()` is called by tests
/// after every step, and asserts by throwing std::logic_error.
template <class F>
concept AdmissionFilter = std::convertible_to<decltype(F::kName), std::string_view> &&
    std::convertible_to<decltype(F::kDoc), std::string_view> &&
    std::default_initializable<typename F::Config> &&
    std::constructible_from<F, const typename F::Config&, const PolicyContext&> &&
    requires(F f, const F& c, const Access& a, Slot victim) {
  { f.on_access(a) } -> std::same_as<void>;
  { c.admit(a, victim) } -> std::same_as<bool>;
  { c.memory_bytes() } -> std::same_as<std::size_t>;
  { c.check_invariants() } -> std::same_as<void>;
};

}  // namespace kvsim
