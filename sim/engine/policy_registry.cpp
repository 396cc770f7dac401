#include "sim/engine/policy_registry.hpp"

#include <fmt/format.h>

#include "policies/policy_list.hpp"
#include "sim/core/error.hpp"

namespace kvsim {

namespace {

template <EvictionPolicy P>
Params resolve(const Params& params) {
  return resolved_params(parse_config<typename P::Config>(params, policy_place(P::kName)));
}

template <EvictionPolicy P>
PolicyEntry entry() {
  return {{std::string(P::kName), std::string(P::kDoc), describe<typename P::Config>()},
          traits_of<P>(),
          &resolve<P>,
          &begin_flat<P>,
          &most_lanes<P>,
          &sweep_flat<P>,
          needs_previous<P>(),
          traits_of<P>().needs_future ? nullptr : &live_flat<P>};
}

}  // namespace

std::string policy_place(std::string_view name) { return fmt::format("policy '{}'", name); }

const std::vector<PolicyEntry>& policy_registry() {
  static const std::vector<PolicyEntry> entries = [] {
    std::vector<PolicyEntry> all;
    for_each_type(PolicyList{}, [&]<class P>() { all.push_back(entry<P>()); });
    return all;
  }();
  return entries;
}

const PolicyEntry& find_policy(std::string_view name) {
  return find_component("policy", name, policy_registry());
}

}  // namespace kvsim
