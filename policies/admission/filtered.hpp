#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "policies/admission/concept.hpp"
#include "policies/concept.hpp"
#include "sim/core/type_list.hpp"

namespace kvsim {

/// An eviction policy behind admission filters: a policy itself, so that `tinylfu+lru` replays as
/// `lru` does. The chain is chosen at run time among the types of `Filters`, a TypeList.
///
/// Every access is shown to all filters, then to the policy. A missed block must pass each filter,
/// and again for each victim that the policy names for it; the first that declines it ends the
/// matter. The policy hears of the miss all the same (its ghosts are looked up, it adapts), as it
/// would of a block too large.
///
/// A policy that inserts first may name the new block itself as the victim: that is its own choice
/// and not asked about. Where a filter declines to let another block leave for the new one, the new
/// one leaves instead. What a hit evicts is not asked about either, since nothing enters.
template <EvictionPolicy P, class Filters>
class Filtered;

template <EvictionPolicy P, AdmissionFilter... Fs>
class Filtered<P, TypeList<Fs...>> {
 public:
  static constexpr std::string_view kName = P::kName;
  static constexpr std::string_view kDoc = P::kDoc;
  static constexpr PolicyTraits kTraits = traits_of<P>();

  using Filter = std::variant<Fs...>;
  using FilterConfig = std::variant<typename Fs::Config...>;
  struct Config {
    typename P::Config policy;
    std::vector<FilterConfig> filters;  ///< in the order in which they are asked
  };

  Filtered(const Config& config, const PolicyContext& context) : policy_(config.policy, context) {
    filters_.reserve(config.filters.size());
    for (const FilterConfig& filter : config.filters) {
      add(filter, context, std::index_sequence_for<Fs...>{});
    }
  }

  void on_hit(const Access& a) requires hook::PlainOnHit<P> {
    show(a);
    policy_.on_hit(a);
  }
  template <class Evict>
  void on_hit(const Access& a, const Evict& evict) requires hook::EvictingOnHit<P> {
    show(a);
    policy_.on_hit(a, evict);
  }
  void on_miss(const Access& a) {
    show(a);
    if constexpr (hook::OnMiss<P>) policy_.on_miss(a);
  }
  bool admit(const Access& a) {
    if (!all_admit(a, kNoSlot)) return false;
    if constexpr (hook::Admit<P>) return policy_.admit(a);
    return true;
  }
  void on_insert(const Access& a) { policy_.on_insert(a); }
  void on_remove(Slot s) { policy_.on_remove(s); }

  template <class Evictable>
  Slot victim(const Access& incoming, const Evictable& evictable) {
    const Slot named = policy_.victim(incoming, evictable);
    if (named == kNoSlot || named == incoming.slot || all_admit(incoming, named)) return named;
    const bool inserted = kTraits.inserts_first && evictable(incoming.slot);
    return inserted ? incoming.slot : kNoSlot;
  }

  std::size_t memory_bytes() const {
    std::size_t bytes = policy_.memory_bytes() + filters_.capacity() * sizeof(Filter);
    for (const Filter& filter : filters_) {
      bytes += std::visit([](const auto& f) { return f.memory_bytes(); }, filter);
    }
    return bytes;
  }
  void check_invariants() const {
    policy_.check_invariants();
    for (const Filter& filter : filters_) {
      std::visit([](const auto& f) { f.check_invariants(); }, filter);
    }
  }

 private:
  template <std::size_t... Is>
  void add(const FilterConfig& config, const PolicyContext& context, std::index_sequence<Is...>) {
    const auto add_if = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
      if (config.index() == I) {
        filters_.emplace_back(std::in_place_index<I>, std::get<I>(config), context);
      }
    };
    (add_if(std::integral_constant<std::size_t, Is>{}), ...);
  }
  void show(const Access& a) {
    for (Filter& filter : filters_) {
      std::visit([&](auto& f) { f.on_access(a); }, filter);
    }
  }
  bool all_admit(const Access& a, Slot victim) const {
    return std::all_of(filters_.begin(), filters_.end(), [&](const Filter& filter) {
      return std::visit([&](const auto& f) { return f.admit(a, victim); }, filter);
    });
  }

  P policy_;
  std::vector<Filter> filters_;
};

}  // namespace kvsim
