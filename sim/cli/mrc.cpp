#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "experiments/curves.hpp"
#include "experiments/plan.hpp"
#include "experiments/sampled_curves.hpp"
#include "experiments/target.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/text.hpp"
#include "sim/core/share.hpp"

namespace kvsim::cli {

namespace {

// The method of a curve that is no exact account, and how far it may be off.
std::string how_made(const Curve& curve) {
  std::string text;
  if (curve.rate) text += fmt::format("; {} at rate {:.3g}", curve.method, *curve.rate);
  if (!curve.error) return text;
  const bool measured = curve.error->kind == "absolute_error";
  return text + fmt::format("; {} of block_hit {:.4f}, at most {:.4f}, {} {}",
                            measured ? "error" : "standard error", curve.error->mean,
                            curve.error->max, measured ? "against" : "from", curve.error->from);
}

std::string target_table(const std::vector<Curve>& curves, std::uint32_t distinct) {
  const CurveTarget& first = *curves.front().target;
  Table table({{"policy", false}, {"capacity"}, {"share"}, {first.ratio}, {"tried"}, {"", false}});
  bool searched = false;
  for (const Curve& curve : curves) {
    const CurveTarget& target = *curve.target;
    const bool exact = curve.method == "exact";
    searched = searched || (!exact && target.capacity_blocks);
    std::vector<std::string> cells{curve.policy,
                                   "-",
                                   "-",
                                   fmt::format("{:.4f}", target.reached),
                                   exact ? "all" : std::to_string(curve.capacity_blocks.size()),
                                   target.capacity_blocks ? "" : "never reached; the highest seen"};
    if (const auto& capacity = target.capacity_blocks) {
      cells[1] = grouped_digits(*capacity);
      cells[2] = fmt::format("{:.2f}%", 100.0 * static_cast<double>(*capacity) / distinct);
    }
    table.add(std::move(cells));
  }
  std::string text = fmt::format("{}: the least capacity that reaches {} {}, {} reuse\n",
                                 styled(curves.front().trace, Style::kBold), first.ratio,
                                 first.value, curves.front().reuse);
  text += table.text();
  if (searched) {
    text +=
        "A replay with one block less does not reach it. Hits of policies that were searched need "
        "not\ngrow with capacity: a smaller one that was not tried may reach it, too.\n";
  }
  return text;
}

std::string curve_table(const std::vector<Curve>& curves) {
  std::string text;
  for (const Curve& curve : curves) {
    std::vector<Table::Column> columns{{curve.capacity_bytes.empty() ? "capacity" : "bytes"},
                                       {"block_hit"}};
    if (!curve.token_hit.empty()) columns.push_back({"token_hit"});
    columns.push_back({"", false});
    Table table(std::move(columns));
    for (std::size_t i = 0; i < curve.capacities().size(); ++i) {
      constexpr double kBar = 50;
      const auto length = static_cast<std::size_t>(std::llround(curve.block_hit[i] * kBar));
      std::vector<std::string> cells{grouped_digits(curve.capacities()[i]),
                                     fmt::format("{:.4f}", curve.block_hit[i])};
      if (!curve.token_hit.empty()) cells.push_back(fmt::format("{:.4f}", curve.token_hit[i]));
      cells.push_back(std::string(length, '#'));
      table.add(std::move(cells));
    }
    if (!text.empty()) text += "\n";
    text += fmt::format("{}: {}, {} reuse{}\n", styled(curve.trace, Style::kBold),
                        styled(curve.policy, Style::kBold), curve.reuse, how_made(curve));
    text += table.text();
  }
  return text;
}

// The bounds of the curve's capacities, in blocks or in bytes.
class Bounds {
 public:
  Bounds(const AccessStream& stream, std::uint32_t block_bytes, bool bytes)
      : stream_(stream), block_bytes_(block_bytes), bytes_(bytes) {
    if (!bytes) return;
    if (!stream.has_sizes()) {
      throw InputError(
          fmt::format("--bytes: trace '{}' carries no object sizes, which a curve over bytes is of",
                      stream.trace->name));
    }
    for (const std::uint32_t size : stream.bytes) all_ += size;
  }

  std::uint64_t of(std::string_view option, const std::optional<std::string>& text,
                   double otherwise) const {
    if (!text && bytes_) return std::max<std::uint64_t>(1, share_of(all_, otherwise));
    return placed(option, [&] {
      const CapacitySpec spec = parse_capacity(text.value_or(fmt::format("{}%", 100 * otherwise)));
      const Capacity capacity = resolve_capacity(spec, stream_, block_bytes_);
      if (bytes_ && !capacity.weigh_bytes) {
        throw InputError("with --bytes, a capacity is in bytes, such as 64MiB");
      }
      if (!bytes_ && !capacity.result.blocks) {
        throw InputError("a curve's capacities are in blocks or objects; with --bytes, in bytes");
      }
      return capacity.units;
    });
  }

 private:
  const AccessStream& stream_;
  std::uint32_t block_bytes_;
  bool bytes_;
  std::uint64_t all_ = 0;  // bytes of the distinct objects
};

// A number between 0 and 1, such as 0.01 or 1%.
double share_option(std::string_view option, const std::string& text) {
  std::string digits = text;
  const bool percent = digits.ends_with('%');
  if (percent) digits.pop_back();
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (percent) value /= 100;
  if (error != std::errc{} || end != digits.data() + digits.size() || !(value > 0 && value <= 1)) {
    throw InputError(fmt::format(
        "{}: '{}', allowed is a number above 0 and up to 1, such as 0.01 or 1%", option, text));
  }
  return value;
}

// Curves that state an error get the one that they have against the whole trace.
void check_curves(std::vector<Curve>& curves, const ExperimentConfig& config, RunnerOptions options,
                  const OpenedTraces& opened) {
  options.exact_curves = true;
  options.hash_traces = false;
  const Results whole = run_with_progress(config, options, opened);
  std::vector<Curve> truths = sweep_curves(whole.runs);
  truths.insert(truths.end(), whole.curves.begin(), whole.curves.end());
  for (Curve& curve : curves) {
    const auto truth = std::find_if(truths.begin(), truths.end(), [&](const Curve& other) {
      return other.trace == curve.trace && other.policy == curve.policy &&
             other.reuse == curve.reuse && other.capacities() == curve.capacities();
    });
    if (truth != truths.end()) measure_error(curve, *truth);
  }
}

}  // namespace

void mrc_command(Arguments arguments) {
  Command command(
      "kvsim mrc",
      "Hit ratios over capacity: for lru exactly from one pass over the trace, for other "
      "policies by one replay a capacity, or, with --sample, from a sample of the blocks. "
      "With --target, the least capacity that reaches a hit ratio.");
  std::string trace;
  std::optional<std::string> policies, points, spacing, min, max, rate, size, target, target_ratio;
  bool bytes = false;
  bool check = false;
  TraceOptions trace_options;
  ReplayOptions replay;
  RunOptions run;
  command.argument("TRACE", trace, "The trace file, plain or compressed (gzip, zstd, xz).");
  command.section("The curves");
  command.option("--policy", "LIST", policies, "One curve for each policy. Default: lru.");
  command.option("--points", "N", points, "Capacities. Default: 20.");
  command.option("--spacing", "log|linear", spacing,
                 "Capacities equally far apart by their logarithms (default), or by their values.");
  command.option("--min", "CAPACITY", min, "The smallest capacity. Default: 0.1%.");
  command.option("--max", "CAPACITY", max, "The largest capacity. Default: 100%.");
  command.flag("--bytes", bytes,
               "Capacities in bytes, of objects with sizes; the default bounds are shares of the "
               "distinct objects' bytes.");
  command.section("From a sample of the blocks");
  command.option(
      "--sample", "RATE", rate,
      "Of so large a share of the blocks, such as 0.01: lru by SHARDS, other policies by "
      "miniature simulation. The curve states its standard error. --seed chooses the "
      "blocks.");
  command.option("--sample-size", "N", size,
                 "Of at most so many blocks instead: SHARDS of fixed size; miniatures at the rate "
                 "that takes about so many.");
  command.flag("--check", check,
               "State the error measured against the whole trace instead, which costs what the "
               "sample saves.");
  command.section("A hit ratio to reach");
  command.option(
      "--target", "RATIO", target,
      "Answer with the least capacity that reaches it, in blocks or objects: of lru from "
      "the exact curve, of other policies by a search with replays.");
  command.option("--target-ratio", "block_hit|token_hit", target_ratio,
                 "Which ratio. Default: block_hit.");
  command.section("How to replay");
  replay.declare(command);
  command.section("How to read the trace");
  trace_options.declare(command);
  command.section("Output");
  run.declare(command, false);
  command.example("kvsim mrc trace.jsonl --policy lru,arc --points 30 -o curves.json",
                  "Where do LRU and ARC stop gaining from more memory?");
  command.example("kvsim mrc io.oracleGeneral.zst --policy lru,arc,s3fifo --sample 0.01",
                  "The same at a hundredth of the cost.");
  command.example("kvsim mrc trace.jsonl --policy lru,s3fifo --target 0.3 --target-ratio token_hit",
                  "How large a cache saves 30 % of the prefill?");
  if (!command.parse(arguments)) return;

  const auto exclude = [](bool both, std::string_view a, std::string_view b) {
    if (both) throw InputError(fmt::format("{}: not together with {}", a, b));
  };
  exclude(rate && size, "--sample-size", "--sample");
  const bool sampled = rate || size;
  exclude(target && sampled, "--target", rate ? "--sample" : "--sample-size");
  exclude(target && bytes, "--target", "--bytes");
  exclude(target && check, "--target", "--check");
  exclude(target && (points || spacing || min || max), "--target",
          points    ? "--points"
          : spacing ? "--spacing"
          : min     ? "--min"
                    : "--max");
  exclude(sampled && bytes, rate ? "--sample" : "--sample-size", "--bytes");
  exclude(sampled && replay.repeats.has_value(), rate ? "--sample" : "--sample-size", "--repeats");
  exclude(target && replay.repeats.has_value(), "--target", "--repeats");
  if (target_ratio && !target) throw InputError("--target-ratio: only together with --target");
  if (check && !sampled) {
    throw InputError(
        "--check: only together with --sample or --sample-size; other curves are exact");
  }
  const auto one_of = [](std::string_view option, const std::optional<std::string>& text,
                         const std::vector<std::string>& names) {
    if (!text) return names.front();
    if (std::find(names.begin(), names.end(), *text) == names.end()) {
      throw InputError(fmt::format("{}: {}", option, unknown_name("value", *text, names)));
    }
    return *text;
  };
  const bool linear = one_of("--spacing", spacing, {"log", "linear"}) == "linear";
  const std::string ratio = one_of("--target-ratio", target_ratio, {"block_hit", "token_hit"});
  CurveSample sample;
  if (rate) sample.rate = share_option("--sample", *rate);
  constexpr std::uint64_t kMostSampled = std::numeric_limits<std::uint32_t>::max() - 1;
  if (size) {
    sample.size = static_cast<std::uint32_t>(to_count("--sample-size", *size, 1, kMostSampled));
  }

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
  const Bounds bounds(stream, sweep.block_bytes, bytes);
  constexpr double kSmallest = 0.001;
  const std::uint64_t low = bounds.of("--min", min, kSmallest);
  const std::uint64_t high = bounds.of("--max", max, 1);
  if (low > high) {
    throw InputError(fmt::format("--min: {} {} are more than --max's {}", low,
                                 bytes ? "bytes" : "blocks", high));
  }
  const auto capacities = linear ? evenly_spaced(low, high, count) : log_spaced(low, high, count);
  for (const std::uint64_t capacity : capacities) {
    sweep.capacities.push_back(parse_capacity(std::to_string(capacity) + (bytes ? "B" : "")));
  }
  config.sweeps.push_back(std::move(sweep));

  RunnerOptions described = options;
  described.exact_curves = !target && !sampled;
  described.only_describe = target || sampled;
  Results results = run_with_progress(config, described, opened);
  if (target) {
    results.curves =
        reach_target(config, options, opened, ratio, share_option("--target", *target));
  } else if (sampled) {
    results.curves = sampled_curves(config, options, opened, sample);
  } else {
    for (Curve& curve : sweep_curves(results.runs)) results.curves.push_back(std::move(curve));
  }
  if (check) check_curves(results.curves, config, options, opened);
  results.provenance.finished = std::chrono::system_clock::now();
  if (run.to_stdout()) {
    print(to_json(results));
    return;
  }
  if (run.to_file()) write_results(*run.output, results);
  print(target ? target_table(results.curves, stream.distinct) : curve_table(results.curves));
}

}  // namespace kvsim::cli
