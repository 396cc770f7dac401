#pragma once
// Options that several commands share.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config.hpp"
#include "experiments/runner.hpp"
#include "sim/cli/command.hpp"

namespace kvsim::cli {

/// How to read a trace file.
struct TraceOptions {
  std::optional<std::string> format;
  std::optional<std::string> on_error;

  void declare(Command& command);
  TraceSpec spec(const std::string& path) const;
};

/// How a replay treats its requests.
struct ReplayOptions {
  std::optional<std::string> reuse, touch_order, lookup, organisation;
  std::optional<std::string> block_size, block_bytes, warmup, seed, repeats;
  bool ignore_size = false;

  void declare(Command& command);
  /// Throws InputError naming the option.
  void apply(Sweep& sweep) const;
};

/// How blocks get keys, and which tables hold them.
struct KeyOptions {
  std::optional<std::string> hash, hash_bits, hash_seed, chain, table, load;

  void declare(Command& command);
  /// Throws InputError naming the option.
  void apply(Sweep& sweep) const;
};

/// What a block takes, and what hits save: a model on a GPU, or a calibrated profile.
struct CostOptions {
  std::optional<std::string> model, gpu, tp, mfu, mbu, kv_dtype, cost;

  void declare(Command& command);
  /// Nothing where no option is given. Throws InputError naming the option.
  std::optional<CostSpec> spec() const;
  /// What is not given is the default's, but for a profile, which says all.
  CostSpec spec_or(const std::string& default_model, const std::string& default_gpu) const;
  void apply(Sweep& sweep) const;
  /// The option that messages about the cost model name.
  std::string place() const;
};

/// Where results go and what a command may use.
struct RunOptions {
  std::optional<std::string> output, jobs, max_memory, per_request;

  void declare(Command& command, bool with_per_request);
  /// Throws InputError if an output cannot be written, or is one of `inputs`.
  RunnerOptions runner_options(const std::vector<std::filesystem::path>& inputs) const;
  bool to_stdout() const { return output == "-"; }
  bool to_file() const { return output && !to_stdout(); }
};

/// Defines the columns of the table of runs in the command's help.
void explain_table(Command& command);

/// A number above 0, or from 0 on. Throws InputError naming the option.
double to_amount(std::string_view option, const std::string& text, bool allows_zero = false);

/// Results of a study that replays nothing: provenance with the configuration (JSON), and the
/// trace where there is one.
Results study_results(std::string config, const Trace* trace, const std::string& path,
                      std::uint64_t seed);

/// Ends such a study: writes the results to `output`, or prints them where it is "-"; else, and
/// beside a file, prints `text`.
void show_study(Results& results, const std::string& text,
                const std::optional<std::string>& output);

/// Says on standard error how many records of the trace were passed over, if any.
void note_skipped(const Trace& trace);

/// Throws InputError unless `path` can be written and is none of `inputs`.
void check_output(const std::string& path, const std::vector<std::filesystem::path>& inputs);

/// Policies and capacities from lists as typed. Throw InputError.
std::vector<PolicySpec> policies_option(const std::string& text);
std::vector<CapacitySpec> capacities_option(const std::string& text);

/// Runs an experiment with a progress bar and notes on standard error.
Results run_with_progress(const ExperimentConfig& config, RunnerOptions options);
Results run_with_progress(const ExperimentConfig& config, RunnerOptions options,
                          const OpenedTraces& opened);

/// Prints the table of runs, and writes the results where they are to go.
/// `partials` are removed once the results are written: nothing is left to resume.
void show_results(const Results& results, const RunOptions& options,
                  const std::vector<std::filesystem::path>& partials = {});

}  // namespace kvsim::cli
