#pragma once
// What the engine knows of each policy once its type is erased.

#include <string>
#include <string_view>
#include <vector>

#include "policies/concept.hpp"
#include "sim/engine/replay.hpp"

namespace kvsim {

struct PolicyEntry {
  ComponentInfo info;
  PolicyTraits traits;
  Params (*resolve)(const Params& params);  ///< all parameters; throws InputError
  ReplayOutcome (*replay)(const PolicySpec& spec, const ReplayJob& job);  ///< flat organisation
  bool wants_previous;  ///< its faster form reads the stream's `previous` column
};

/// All policies, in the order of policies.list.
const std::vector<PolicyEntry>& policy_registry();
/// Throws InputError with the nearest name.
const PolicyEntry& find_policy(std::string_view name);

/// "policy 's3fifo'", for messages.
std::string policy_place(std::string_view name);

/// Defined in flat_replay.hpp; instantiated once a policy.
template <EvictionPolicy P>
ReplayOutcome replay_flat(const PolicySpec& spec, const ReplayJob& job);

template <EvictionPolicy P>
bool wants_previous();

}  // namespace kvsim
