#pragma once

#include "policies/admission/filtered.hpp"
#include "policies/admission_list.hpp"
#include "policies/recency/lru.hpp"
#include "sim/engine/replay.hpp"

namespace kvsim {

/// A policy behind any of the admission filters there are.
template <EvictionPolicy P>
using FilteredPolicy = Filtered<P, AdmissionList>;

/// Which is the same whatever the policy.
using AdmissionConfigs = decltype(FilteredPolicy<Lru>::Config::filters);

/// The filters' configs, in the order in which they are asked. Throws InputError.
AdmissionConfigs parse_admissions(const PolicySpec& spec);

}  // namespace kvsim
