#pragma once
// From a configuration to the ordered list of runs that it asks for.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config.hpp"
#include "sim/engine/replay.hpp"
#include "sim/metrics/measure.hpp"
#include "sim/metrics/modelled_speedup.hpp"
#include "sim/metrics/provenance.hpp"
#include "traces/trace.hpp"

namespace kvsim {

/// Traces opened once, in the configuration's order. Immutable while runs use them.
struct OpenedTraces {
  std::vector<std::unique_ptr<const Trace>> traces;  ///< each under the name that results use
  std::vector<std::string> paths;                    ///< as written
  std::chrono::system_clock::time_point started;     ///< when opening began
};

/// Opens every trace of a configuration. Throws InputError with the trace's place in it.
OpenedTraces open_traces(const ExperimentConfig& config);

/// The block size at which a trace is read unless one is asked for: 0, its own, or
/// kDefaultBlockSize for a trace of token ids, which has none.
std::uint32_t default_block_size(const Trace& trace);

/// A way of reading a trace, shared by all runs that read it alike.
struct PlannedStream {
  std::size_t trace = 0;  ///< index into OpenedTraces
  AccessStream stream;
};

/// The keys of a stream's blocks, and the stream as a cache sees it that knows only them.
struct PlannedKeys {
  std::size_t stream = 0;  ///< index into Plan::streams
  KeySpec spec;
  BlockKeys keys;  ///< made by derive_columns(), as is the stream
  AccessStream stream_of_keys;
};

/// A cost model, and what a stream's requests take by it without a cache.
struct PlannedCosts {
  std::size_t stream = 0;  ///< index into Plan::streams
  CostSpec spec;
  RequestCosts costs;
};

/// One run, everything decided.
struct PlannedRun {
  std::size_t stream = 0;  ///< index into Plan::streams
  PolicySpec policy;
  Reuse reuse = Reuse::kObject;
  std::string organisation;
  Capacity capacity;
  std::uint32_t block_bytes = 0;
  bool ignore_size = false;
  Warmup warmup;
  std::uint64_t seed = 1;
  std::uint64_t repeat = 0;
  std::optional<std::size_t> costs;  ///< index into Plan::costs; none: no speedups are modelled
  std::optional<std::size_t> keys;   ///< index into Plan::keys; none: blocks are told apart exactly
  ComponentSpec table{"dense", {}};  ///< of a run with keys
  double load = 0;                   ///< of that table
};

struct Plan {
  std::vector<std::unique_ptr<PlannedStream>> streams;
  std::vector<std::unique_ptr<PlannedKeys>> keys;
  std::vector<std::unique_ptr<PlannedCosts>> costs;
  std::vector<PlannedRun> runs;  ///< by case, trace, block size, organisation, look-up, reuse,
                                 ///< touch order, keying, policy, capacity and seed, each as listed
  std::size_t left_out = 0;      ///< runs equal to an earlier one: 1% and 2% of a small trace
};

/// The most runs that one experiment may ask for.
inline constexpr std::size_t kMostRuns = 1'000'000;

/// Every run of the configuration. Streams are derived, and each combination of stream, policy,
/// organisation and reuse is tried on an empty stream, so that what cannot work is refused before
/// anything runs. Throws InputError. The traces must outlive the plan.
Plan make_plan(const ExperimentConfig& config, const OpenedTraces& opened);

/// Derives the keys and columns that replays of the plan's runs read: of no use to who only reads
/// the plan.
void derive_columns(Plan& plan);

/// What a replay needs for a run. The plan must outlive it.
ReplayJob job_of(const Plan& plan, const PlannedRun& run);

/// A run in words, for messages: "trace 'x', policy 'lru', capacity 1000".
std::string describe(const Plan& plan, const PlannedRun& run);

}  // namespace kvsim
