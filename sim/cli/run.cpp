#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/text.hpp"

namespace kvsim::cli {

void run_command(Arguments arguments) {
  Command command("kvsim run",
                  "Runs a configured experiment: the full product of its traces, policies, "
                  "capacities and ways of replaying, or listed cases. Prints a table, and writes "
                  "JSON with -o. Interrupted, it goes on with --resume.");
  std::optional<std::string> experiment;
  std::vector<std::string> traces;
  bool resume = false;
  bool schema = false;
  TraceOptions trace_options;
  RunOptions run;
  command.optional_argument("EXPERIMENT.json", experiment,
                            "The configuration; experiments/README.md describes it.");
  command.section("Input");
  command.options("--trace", "PATH", traces,
                  "Use this trace instead of the configuration's; may be given several times.");
  trace_options.declare(command);
  command.flag("--schema", schema, "Print the JSON Schema of EXPERIMENT.json, and stop.");
  command.section("Output");
  run.declare(command, true);
  command.flag("--resume", resume, "Go on where an interrupted run with the same -o FILE stopped.");
  command.example("kvsim run experiments/default/experiment.json -o results.json",
                  "The demonstration.");
  command.example(
      "kvsim run my.json --trace monday.jsonl --trace friday.jsonl -o out.json --resume",
      "Another experiment's question about two traces, resumed.");
  if (!command.parse(arguments)) return;
  if (schema) {
    print(experiment_schema());
    return;
  }
  if (!experiment) throw UsageError("EXPERIMENT.json is missing; kvsim run --help says more");
  if (resume && !run.to_file()) {
    throw UsageError("--resume needs the -o FILE of the run that was interrupted");
  }
  if (resume && run.per_request) {
    throw UsageError("--per-request needs every run's requests: not with --resume");
  }
  if (traces.empty() && (trace_options.format || trace_options.on_error)) {
    throw UsageError("--format and --on-error are about traces given with --trace");
  }

  ExperimentConfig config = read_experiment(*experiment);
  if (!traces.empty()) {
    config.folder.clear();
    config.traces.clear();
    for (const std::string& path : traces) config.traces.push_back(trace_options.spec(path));
  }
  if (config.traces.empty()) {
    throw InputError(
        fmt::format("{}: \"traces\" is missing, and no --trace is given", *experiment));
  }
  RunnerOptions options = run.runner_options({*experiment});
  options.resume = resume;
  if (!run.to_file()) {
    show_results(run_with_progress(config, std::move(options)), run);
    return;
  }
  options.partial = *run.output + ".partial";
  const InterruptNote note(fmt::format(
      "kvsim: interrupted; finished runs are in {}: the same command with --resume goes on\n",
      options.partial.string()));
  const std::filesystem::path partial = options.partial;
  show_results(run_with_progress(config, std::move(options)), run, partial);
}

}  // namespace kvsim::cli
