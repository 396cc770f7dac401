#pragma once
// Runs an experiment: its plan's replays in parallel over shared traces, results in plan order.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/config.hpp"
#include "experiments/distributed/exchange.hpp"
#include "experiments/partial.hpp"
#include "experiments/plan.hpp"
#include "sim/metrics/result_json.hpp"

namespace kvsim {

/// How far an experiment is.
struct Progress {
  std::size_t done = 0;
  std::size_t total = 0;
  std::size_t resumed = 0;   ///< of `done`, those that an earlier process finished
  double accesses_done = 0;  ///< by this process and the ranks that it hands out runs to
  double accesses_left = 0;
  std::string_view unit = "accesses";  ///< what those are
  double seconds = 0;                  ///< since the first run started
  std::string_view what = "runs";      ///< that are counted
};

struct RunnerOptions {
  /// Threads; 0: one a core, of a rank's fair share where there are ranks. Results do not depend
  /// on it.
  unsigned jobs = 0;
  /// Bytes that runs at the same time may hold, by the estimate of run_memory_bytes().
  std::optional<std::uint64_t> max_memory;
  bool exact_curves = false;      ///< take_exact_curves() instead of the runs that it takes
  bool only_describe = false;     ///< checks the configuration, and runs nothing
  bool hash_traces = true;        ///< the traces' SHA-256 in the provenance
  std::filesystem::path partial;  ///< keeps finished runs until all are; empty: none
  bool resume = false;            ///< takes the runs that are in `partial` as done
  std::vector<std::filesystem::path> partials_of_parts;  ///< and those in these files
  std::optional<Part> part;           ///< no other runs than its own, a fair share of the work
  std::filesystem::path per_request;  ///< CSV of every request of every run; empty: none
  /// Where ranks share the experiment, all with equal options but these: rank 0 has a coordinator,
  /// the results and all that is written, the others a worker.
  Coordinator* coordinator = nullptr;
  Worker* worker = nullptr;
  /// Called on the caller's thread, at each finished run and about ten times a second.
  std::function<void(const Progress&)> on_progress;
  /// Called once with what is about to be run.
  std::function<void(const Plan&)> on_plan;
  /// Called on the caller's thread with what is not as it should be, but no error.
  std::function<void(const std::string&)> on_note;
};

/// An upper bound on what one run holds besides the trace, in bytes.
std::uint64_t run_memory_bytes(const AccessStream& stream, bool per_request);
/// What its keys add to that: owners of entries, and a table with its twin under an ideal hash.
std::uint64_t key_memory_bytes(const AccessStream& stream, const PlannedRun& run);

/// Opens, plans and runs. Equal configurations over equal traces give equal runs but for `replay`,
/// whatever the number of jobs and ranks and however often it was resumed. Of a part, and on a rank
/// that is a worker, `runs` holds no others than were done here, and none. Throws InputError,
/// before anything is run where that can be known.
Results run_experiment(const ExperimentConfig& config, const RunnerOptions& options);
/// The same over traces that are open already: those of open_traces(config).
Results run_experiment(const ExperimentConfig& config, const RunnerOptions& options,
                       const OpenedTraces& opened);

}  // namespace kvsim
