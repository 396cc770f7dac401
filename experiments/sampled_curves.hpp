#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "experiments/plan.hpp"
#include "experiments/runner.hpp"
#include "sim/metrics/result.hpp"

namespace kvsim {

/// How many blocks a sampled curve is made from: a share of them, or about a number.
struct CurveSample {
  std::optional<double> rate;         ///< in (0, 1]
  std::optional<std::uint32_t> size;  ///< at most so many at a time
};

/// Disjoint parts of a sample whose spread tells its standard error.
inline constexpr std::uint32_t kErrorParts = 8;

/// Curves of the configuration's one sweep from a sample of the blocks: of plain `lru` by SHARDS,
/// of other policies by miniature simulation, which replays the sample at capacities scaled down by
/// its rate (Waldspurger, Saemundsson, Ahmad and Park, "Cache Modeling and Optimization using
/// Miniature Simulations", ATC 2017). Both correct the sample's number of accesses as SHARDS-adj
/// does. The sweep's first seed chooses the sample; a given number of blocks is held by SHARDS as
/// its fixed size, and is a rate for miniatures.
///
/// Each curve states its standard error: the sample falls into kErrorParts disjoint parts, each a
/// sample of its own, and the spread of their curves over the root of their number is what theirs,
/// and so the whole sample's, is off by. That is an estimate of the sampling's spread, and says
/// nothing of a bias that all parts share. A sample of too few blocks for so many parts states
/// none.
///
/// With prefix reuse, a run ends at the first sampled block that misses.
///
/// Throws InputError for what a sample cannot tell: capacities in bytes, a warm-up until the cache
/// is full, recorded events, organisations other than flat, and prefix reuse under `random` and
/// `mru` (docs/curves.md says why).
std::vector<Curve> sampled_curves(const ExperimentConfig& config, const RunnerOptions& options,
                                  const OpenedTraces& opened, const CurveSample& sample);

/// Sets the error of `estimate` to its distance from `truth`, a curve at the same capacities.
void measure_error(Curve& estimate, const Curve& truth);

}  // namespace kvsim
