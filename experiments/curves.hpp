#pragma once

#include <cstdint>
#include <vector>

#include "experiments/plan.hpp"
#include "sim/metrics/result.hpp"

namespace kvsim {

/// `points` capacities from `min` to `max`, equally far apart by their logarithms, rounded to whole
/// blocks, each once: at most `points` of them. 1 ≤ min ≤ max.
std::vector<std::uint64_t> log_spaced(std::uint64_t min, std::uint64_t max, std::uint64_t points);

/// A curve for each trace, policy and way of reading among the runs, from one run a capacity in
/// ascending order. Runs without a capacity in blocks or without ratios have no point.
std::vector<Curve> sweep_curves(const std::vector<RunResult>& runs);

/// Takes those runs out of the plan that one pass gives at every capacity, of plain `lru` over
/// equal blocks, and returns their curves at the capacities that were planned, ascending.
std::vector<Curve> take_exact_curves(Plan& plan);

}  // namespace kvsim
