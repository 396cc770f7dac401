#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "experiments/distributed/launch.hpp"
#include "experiments/partial.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/run_table.hpp"
#include "sim/cli/text.hpp"

namespace kvsim::cli {

namespace {

Part parse_part(const std::string& text) {
  constexpr std::uint64_t kMostParts = 1'000'000;
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) {
    throw InputError(fmt::format("--part: '{}', allowed is I/N, such as 3/10", text));
  }
  Part part;
  part.of = to_count("--part", text.substr(slash + 1), 1, kMostParts);
  part.number = to_count("--part", text.substr(0, slash), 1, part.of);
  return part;
}

// Work is never lost silently: what an interrupted run finished is gone on with, or removed by
// hand.
void look_for_finished(const RunnerOptions& options) {
  const std::string file = options.partial.string();
  const std::size_t finished = count_finished(options.partial);
  if (!options.resume && finished > 0) {
    throw InputError(fmt::format(
        "{}: holds {} finished {} of an interrupted experiment; go on with --resume, or remove the "
        "file to start anew",
        file, finished, finished == 1 ? "run" : "runs"));
  }
  if (options.resume && !std::filesystem::exists(file) && options.partials_of_parts.empty()) {
    fmt::print(stderr, "note: {} does not exist: nothing to resume, starting anew\n", file);
  }
}

// On the ranks of a distributed experiment one of the two is given, else none.
void run(Arguments arguments, Coordinator* coordinator, Worker* worker) {
  Command command(
      "kvsim run",
      "Runs a configured experiment: the full product of its traces, policies, "
      "capacities and ways of replaying, or listed cases. Prints a table, and writes "
      "JSON with -o. Interrupted, it goes on with --resume. Started by mpirun or srun, its "
      "processes share the runs (docs/cluster.md).");
  std::optional<std::string> experiment;
  std::vector<std::string> traces;
  std::optional<std::string> part_text;
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
  command.flag("--resume", resume,
               "Go on where an interrupted run with the same -o FILE stopped, or put the parts of "
               "--part together.");
  command.option(
      "--part", "I/N", part_text,
      "Do the I-th of N equal shares of the runs alone, as in a job array, and keep it "
      "beside -o FILE. When all are done, the command with --resume instead writes FILE.");
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
  if (part_text && !run.to_file()) throw UsageError("--part needs the -o FILE of the whole");
  if (part_text && run.per_request) {
    throw UsageError("--per-request needs every run's requests: not with --part");
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
  std::optional<Part> part;
  if (part_text) part = parse_part(*part_text);
  if (worker != nullptr) {  // rank 0 writes
    run.output.reset();
    RunnerOptions options = run.runner_options({});
    options.worker = worker;
    (void)run_experiment(config, options);
    return;
  }
  RunnerOptions options = run.runner_options({*experiment});
  options.coordinator = coordinator;
  options.resume = resume;
  options.part = part;
  if (!run.to_file()) {
    show_results(run_with_progress(config, std::move(options)), run);
    return;
  }
  const std::filesystem::path partial = partial_of(*run.output, part);
  options.partial = partial;
  std::vector<std::filesystem::path> obsolete{partial};
  if (resume && !part) {
    options.partials_of_parts = partials_of_parts(*run.output);
    obsolete.insert(obsolete.end(), options.partials_of_parts.begin(),
                    options.partials_of_parts.end());
  }
  look_for_finished(options);
  const InterruptNote note(fmt::format(
      "kvsim: interrupted; finished runs are in {}: the same command with --resume goes on\n",
      partial.string()));
  const Results results = run_with_progress(config, std::move(options));
  if (part) {
    print(fmt::format("{} of part {}/{}; kept in {}\n", summary_line(results), part->number,
                      part->of, partial.string()));
    return;
  }
  show_results(results, run, obsolete);
}

}  // namespace

void run_command(Arguments arguments) {
  const std::unique_ptr<Messenger> ranks = join_ranks();
  if (ranks == nullptr) return run(arguments, nullptr, nullptr);
  if (ranks->rank() == 0) {
    Coordinator coordinator(*ranks);
    return run(arguments, &coordinator, nullptr);
  }
  // Rank 0 alone speaks: help here, and what went wrong on any rank.
  (void)!std::freopen("/dev/null", "w", stdout);
  Worker worker(*ranks);
  try {
    run(arguments, nullptr, &worker);
  } catch (const std::exception& error) {
    worker.refuse(error.what());
  }
}

}  // namespace kvsim::cli
