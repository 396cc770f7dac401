#pragma once

#include <string>
#include <vector>

#include "experiments/plan.hpp"
#include "experiments/runner.hpp"
#include "sim/metrics/result.hpp"

namespace kvsim {

/// The least capacity in blocks at which each policy of the configuration's one sweep reaches a hit
/// ratio (`ratio`: block_hit or token_hit), with the curve of all capacities that were looked at.
/// The sweep's capacities do not matter.
///
/// Plain `lru` gives its exact curve, which never falls: the answer is the least capacity there is.
/// Other policies are replayed, at capacities spread by their logarithms and then ever closer about
/// the smallest that reaches the ratio, until the capacity one block smaller was replayed and does
/// not. They may have more hits in a smaller cache, so that a still smaller answer between
/// capacities that were not replayed is not excluded.
///
/// Throws InputError unless there is one way of reading the trace, and where the trace lacks what
/// the ratio needs.
std::vector<Curve> reach_target(const ExperimentConfig& config, const RunnerOptions& options,
                                const OpenedTraces& opened, const std::string& ratio, double value);

}  // namespace kvsim
