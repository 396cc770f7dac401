#pragma once

#include <cstdint>
#include <vector>

#include "experiments/plan.hpp"
#include "sim/metrics/result.hpp"

namespace kvsim {

/// `points` capacities from `min` to `max`, equally far apart by their logarithms, rounded to whole
/// blocks, each once: at most `points` of them. 1 ≤ min ≤ max.
std::vector<std::uint64_t> log_spaced(std::uint64_t min, std::uint64_t max, std::uint64_t points);

/// The same, equally far apart.
std::vector<std::uint64_t> evenly_spaced(std::uint64_t min, std::uint64_t max,
                                         std::uint64_t points);

/// A curve for each trace, policy and way of reading among the runs, from one run a capacity in
/// ascending order: in blocks where the capacity is known in blocks, else in bytes. Runs without
/// ratios have no point.
std::vector<Curve> sweep_curves(const std::vector<RunResult>& runs);

/// Whether a policy is `lru` behind no filter.
bool is_plain_lru(const PolicySpec& policy);

/// Whether one pass gives a run's counts at every capacity: that of plain `lru` in `flat`, over
/// equal blocks or over objects weighed in bytes.
bool has_exact_curve(const PlannedRun& run, const AccessStream& stream);

/// Takes those runs out of the plan that one pass gives at every capacity, and
/// returns their curves at the capacities that were planned, ascending.
std::vector<Curve> take_exact_curves(Plan& plan);

}  // namespace kvsim
