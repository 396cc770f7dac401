#include "sim/cli/commands.hpp"
#include "sim/cli/options.hpp"

namespace kvsim::cli {

void sim_command(Arguments arguments) {
  Command command("kvsim sim",
                  "Replays one trace through every policy at every capacity, prints a table, and "
                  "writes JSON with -o.");
  std::string trace, policies, capacities;
  std::optional<std::string> by;
  TraceOptions trace_options;
  ReplayOptions replay;
  KeyOptions keys;
  CostOptions cost;
  RunOptions run;
  command.argument("TRACE", trace, "The trace file, plain or compressed (gzip, zstd, xz).");
  command.section("What to compare");
  command.required_option("--policy", "LIST", policies,
                          "Eviction policies with their parameters, as in "
                          "lru,s3fifo:small=0.1,tinylfu+lru; `kvsim list policies` shows all.");
  command.required_option("--capacity", "LIST", capacities,
                          "Capacities: blocks or objects (1000), a share of the trace's distinct "
                          "ones (10%), tokens (4Mtok), bytes (8GiB).");
  command.section("How to replay");
  replay.declare(command);
  command.option("--by", "COLUMN", by,
                 "Split counts and ratios by category, session, tenant or hour.");
  command.section("Cost model");
  cost.declare(command);
  command.section("Hashing");
  keys.declare(command);
  command.section("How to read the trace");
  trace_options.declare(command);
  command.section("Output");
  run.declare(command, true);
  explain_table(command);
  command.example("kvsim sim trace.jsonl --policy lru,arc,s3fifo,belady --capacity 1%,5%,20%",
                  "Which policy hits most at three capacities?");
  command.example(
      "kvsim sim trace.jsonl --policy lru --capacity 8GiB --block-bytes 64KiB -o out.json",
      "One run at a size in bytes, kept as JSON.");
  command.example(
      "kvsim sim trace.jsonl --policy lru --capacity 10% --hash-bits 24 --table robin_hood",
      "What would keys of 24 bits cost, and how long are a table's probes?");
  command.example(
      "kvsim sim trace.jsonl --policy lru,belady --capacity 64GiB --model llama-3.1-8b --gpu h100",
      "What would 64 GiB of KV save of this model's prefill?");
  if (!command.parse(arguments)) return;

  ExperimentConfig config;
  config.traces.push_back(trace_options.spec(trace));
  Sweep sweep;
  sweep.policies = policies_option(policies);
  sweep.capacities = capacities_option(capacities);
  replay.apply(sweep);
  cost.apply(sweep);
  keys.apply(sweep);
  config.sweeps.push_back(std::move(sweep));
  if (by) config.by = placed("--by", [&] { return parse_group_by(*by); });
  const Results results = run_with_progress(config, run.runner_options({trace}));
  show_results(results, run);
}

}  // namespace kvsim::cli
