#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "experiments/curves.hpp"
#include "experiments/plan.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/text.hpp"

namespace kvsim::cli {

namespace {

std::string curve_table(const std::vector<Curve>& curves) {
  std::string text;
  for (const Curve& curve : curves) {
    std::vector<Table::Column> columns{{"capacity"}, {"block_hit"}};
    if (!curve.token_hit.empty()) columns.push_back({"token_hit"});
    columns.push_back({"", false});
    Table table(std::move(columns));
    for (std::size_t i = 0; i < curve.capacity_blocks.size(); ++i) {
      constexpr double kBar = 50;
      const auto length = static_cast<std::size_t>(std::llround(curve.block_hit[i] * kBar));
      std::vector<std::string> cells{grouped_digits(curve.capacity_blocks[i]),
                                     fmt::format("{:.4f}", curve.block_hit[i])};
      if (!curve.token_hit.empty()) cells.push_back(fmt::format("{:.4f}", curve.token_hit[i]));
      cells.push_back(std::string(length, '#'));
      table.add(std::move(cells));
    }
    if (!text.empty()) text += "\n";
    text += fmt::format("{}: {}, {} reuse\n", styled(curve.trace, Style::kBold),
                        styled(curve.policy, Style::kBold), curve.reuse);
    text += table.text();
  }
  return text;
}

// A bound in blocks, of the trace as the sweep reads it.
std::uint64_t blocks_of(std::string_view option, const std::string& text,
                        const AccessStream& stream, std::uint32_t block_bytes) {
  return placed(option, [&] {
    const Capacity capacity = resolve_capacity(parse_capacity(text), stream, block_bytes);
    if (!capacity.result.blocks) {
      throw InputError("a curve's capacities are in blocks or objects, not bytes");
    }
    return *capacity.result.blocks;
  });
}

}  // namespace

void mrc_command(Arguments arguments) {
  Command command("kvsim mrc",
                  "Hit ratios over capacity, at capacities equally far apart by their logarithms: "
                  "for lru exactly from one pass over the trace, for other policies by one replay "
                  "a capacity.");
  std::string trace;
  std::optional<std::string> policies, points, min, max;
  TraceOptions trace_options;
  ReplayOptions replay;
  RunOptions run;
  command.argument("TRACE", trace, "The trace file, plain or compressed (gzip, zstd, xz).");
  command.section("The curves");
  command.option("--policy", "LIST", policies, "One curve for each policy. Default: lru.");
  command.option("--points", "N", points, "Capacities. Default: 20.");
  command.option("--min", "CAPACITY", min, "The smallest capacity. Default: 0.1%.");
  command.option("--max", "CAPACITY", max, "The largest capacity. Default: 100%.");
  command.section("How to replay");
  replay.declare(command);
  command.section("How to read the trace");
  trace_options.declare(command);
  command.section("Output");
  run.declare(command, false);
  command.example("kvsim mrc trace.jsonl --policy lru,arc --points 30 -o curves.json",
                  "Where do LRU and ARC stop gaining from more memory?");
  if (!command.parse(arguments)) return;

  ExperimentConfig config;
  config.traces.push_back(trace_options.spec(trace));
  Sweep sweep;
  sweep.policies = policies_option(policies.value_or("lru"));
  replay.apply(sweep);
  constexpr std::uint64_t kMostPoints = 10'000;
  const std::uint64_t count = points ? to_count("--points", *points, 2, kMostPoints) : 20;
  RunnerOptions options = run.runner_options({trace});
  options.exact_curves = true;
  const OpenedTraces opened = open_traces(config);
  const std::uint32_t block_size = sweep.block_sizes.empty()
                                       ? default_block_size(*opened.traces.front())
                                       : sweep.block_sizes.front();
  const AccessStream stream = make_stream(*opened.traces.front(), block_size, sweep.lookups.front(),
                                          sweep.touch_orders.front());
  const std::uint64_t low = blocks_of("--min", min.value_or("0.1%"), stream, sweep.block_bytes);
  const std::uint64_t high = blocks_of("--max", max.value_or("100%"), stream, sweep.block_bytes);
  if (low > high) {
    throw InputError(fmt::format("--min: {} blocks are more than --max's {}", low, high));
  }
  for (const std::uint64_t capacity : log_spaced(low, high, count)) {
    sweep.capacities.push_back(parse_capacity(std::to_string(capacity)));
  }
  config.sweeps.push_back(std::move(sweep));
  Results results = run_with_progress(config, options, opened);
  for (Curve& curve : sweep_curves(results.runs)) results.curves.push_back(std::move(curve));
  if (run.to_stdout()) {
    print(to_json(results));
    return;
  }
  if (run.to_file()) write_results(*run.output, results);
  print(curve_table(results.curves));
}

}  // namespace kvsim::cli
