#include "experiments/sampled_curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "experiments/curves.hpp"
#include "sim/core/error.hpp"
#include "sim/core/share.hpp"
#include "sim/engine/shards.hpp"
#include "traces/transform/sampled_trace.hpp"

namespace kvsim {

namespace {

struct HitRatios {
  std::vector<double> block_hit;
  std::vector<double> token_hit;
};

// What a stream's counted requests look up.
struct Lookups {
  double blocks = 0;
  double tokens = 0;        // in those blocks
  double input_tokens = 0;  // of the requests
};

Lookups lookups_of(const AccessStream& stream, double warmup) {
  Lookups sum;
  for (std::uint64_t r = share_of(stream.requests, warmup); r < stream.requests; ++r) {
    const std::uint32_t blocks = stream.lookups_of(r);
    sum.blocks += blocks;
    if (!stream.has_tokens()) continue;
    sum.tokens += static_cast<double>(stream.prefix_tokens(r, blocks));
    sum.input_tokens += stream.trace->requests.input_tokens[r];
  }
  return sum;
}

// Blocks of a sample below which its parts are too small to tell an error from.
constexpr std::uint64_t kFewestForError = 20 * std::uint64_t{kErrorParts};

// Runs that differ in policy and capacity alone.
struct Reading {
  std::size_t stream;
  Reuse reuse;
  auto operator<=>(const Reading&) const = default;
};

// Most policies evict what was used together in the order in which it was used, so that a sampled
// block misses where its unsampled ancestors do. Not so these; docs/curves.md has the measure.
bool breaks_runs(const PolicySpec& policy) {
  return policy.policy.name == "random" || policy.policy.name == "mru";
}

void check(const PlannedRun& run, const AccessStream& stream) {
  const auto refuse = [&](std::string_view what) {
    throw InputError(fmt::format("trace '{}': {}", stream.trace->name, what));
  };
  if (run.capacity.weigh_bytes) {
    refuse("capacities in bytes cannot be sampled; allowed are blocks or objects");
  }
  if (run.warmup.until_full) {
    refuse("warm-up 'full' depends on the capacity and cannot be sampled; allowed is a share");
  }
  if (stream.has_events) {
    refuse("it carries recorded events, whose requests cannot be sampled by block");
  }
  if (run.organisation != "flat") {
    refuse(fmt::format("organisation '{}' cannot be sampled by block; allowed is flat",
                       run.organisation));
  }
  if (run.reuse == Reuse::kPrefix && breaks_runs(run.policy)) {
    refuse(fmt::format(
        "prefix reuse under policy '{}' cannot be sampled by block: it breaks runs at any of their "
        "blocks, most of which are not in the sample; allowed is reuse object, or no sample",
        label_of(run.policy)));
  }
}

// One curve in the making: that of the whole sample, and those of its parts.
struct SampledCurve {
  Curve curve;
  std::vector<std::vector<double>> parts;
};

// From the spread of the parts, each a sample of its own of rate / kErrorParts. A sample of all
// blocks has no error, whatever its parts have.
CurveError standard_error(const std::vector<std::vector<double>>& parts, double rate) {
  CurveError error{"standard_error", fmt::format("{} disjoint parts of the sample", parts.size()),
                   0, 0};
  const auto n = static_cast<double>(parts.size());
  const double left_out = std::sqrt((1 - rate) / (1 - rate / n));
  const std::size_t points = parts.front().size();
  for (std::size_t i = 0; i < points; ++i) {
    double mean = 0;
    for (const auto& part : parts) mean += part[i] / n;
    double squares = 0;
    for (const auto& part : parts) squares += (part[i] - mean) * (part[i] - mean);
    const double at = left_out * std::sqrt(squares / (n - 1) / n);
    error.mean += at / static_cast<double>(points);
    error.max = std::max(error.max, at);
  }
  return error;
}

class Sampler {
 public:
  Sampler(const ExperimentConfig& config, const RunnerOptions& options, const OpenedTraces& opened,
          const CurveSample& sample)
      : config_(config), options_(options), opened_(opened), sample_(sample) {
    options_.exact_curves = false;
    options_.hash_traces = false;
    options_.on_plan = {};
    options_.on_progress = {};
  }

  std::vector<Curve> curves() {
    const Plan plan = make_plan(config_, opened_);
    std::map<Reading, std::vector<PolicySpec>> policies;
    std::set<std::uint64_t> capacities;
    for (const PlannedRun& run : plan.runs) {
      check(run, plan.streams[run.stream]->stream);
      std::vector<PolicySpec>& listed = policies[{run.stream, run.reuse}];
      const auto same = [&](const PolicySpec& p) { return label_of(p) == label_of(run.policy); };
      if (std::none_of(listed.begin(), listed.end(), same)) listed.push_back(run.policy);
      capacities.insert(run.capacity.units);
    }
    capacities_.assign(capacities.begin(), capacities.end());
    std::vector<Curve> curves;
    for (const auto& [reading, listed] : policies) {
      for (Curve& curve : curves_of(*plan.streams[reading.stream], reading.reuse, listed)) {
        curves.push_back(std::move(curve));
      }
    }
    return curves;
  }

 private:
  // As listed, whichever way each is made.
  std::vector<Curve> curves_of(const PlannedStream& planned, Reuse reuse,
                               const std::vector<PolicySpec>& listed) {
    std::vector<PolicySpec> others;
    for (const PolicySpec& policy : listed) {
      if (!is_plain_lru(policy)) others.push_back(policy);
    }
    std::vector<Curve> miniatures;
    if (!others.empty()) miniatures = miniature_curves(planned, reuse, others);
    std::vector<Curve> curves;
    auto next = miniatures.begin();
    for (const PolicySpec& policy : listed) {
      curves.push_back(is_plain_lru(policy) ? lru_curve(planned.stream, reuse)
                                            : std::move(*next++));
    }
    return curves;
  }

  Curve curve_of(const AccessStream& stream, const std::string& policy, Reuse reuse,
                 std::string method) const {
    Curve curve;
    curve.trace = stream.trace->name;
    curve.policy = policy;
    curve.reuse = std::string(name_of(reuse));
    curve.method = std::move(method);
    curve.capacity_blocks = capacities_;
    return curve;
  }

  Curve lru_curve(const AccessStream& stream, Reuse reuse) const {
    ShardsSample sample;
    sample.blocks = {sample_.rate.value_or(1), seed()};
    sample.most_blocks = sample_.size.value_or(0);
    const auto estimate = [&] {
      return shards_curve(stream, reuse, warmup(), capacities_, sample);
    };
    CurveEstimate whole = estimate();
    Curve curve = curve_of(stream, "lru", reuse, "shards");
    curve.rate = whole.rate;
    curve.block_hit = std::move(whole.block_hit);
    curve.token_hit = std::move(whole.token_hit);
    if (whole.sampled_blocks < kFewestForError) return curve;
    std::vector<std::vector<double>> parts;
    sample.blocks.parts = kErrorParts;
    if (sample.most_blocks != 0)
      sample.most_blocks = std::max(1U, sample.most_blocks / kErrorParts);
    for (sample.blocks.part = 0; sample.blocks.part < kErrorParts; ++sample.blocks.part) {
      parts.push_back(estimate().block_hit);
    }
    curve.error = standard_error(parts, *curve.rate);
    return curve;
  }

  std::vector<Curve> miniature_curves(const PlannedStream& planned, Reuse reuse,
                                      const std::vector<PolicySpec>& policies) {
    const AccessStream& stream = planned.stream;
    const Trace& trace = *opened_.traces[planned.trace];
    const BlockColumns blocks =
        trace.blocks ? *trace.blocks : block_tokens(trace, stream.block_size);
    SpatialSampling sampling{1, seed()};
    sampling.rate = sample_.rate ? *sample_.rate
                                 : std::min(1.0, static_cast<double>(*sample_.size) /
                                                     static_cast<double>(stream.distinct));
    const Lookups all = lookups_of(stream, warmup().share);
    const auto replay = [&] {
      return miniature(planned, sampled_trace(trace, blocks, sampling), sampling.part_rate(), all,
                       reuse, policies);
    };
    std::vector<HitRatios> whole = replay();
    std::vector<std::vector<std::vector<double>>> parts(policies.size());
    std::uint64_t sampled = 0;
    for (Slot s = 0; s < stream.distinct; ++s) sampled += sampling.takes(s) ? 1U : 0U;
    const std::uint32_t part_count = sampled < kFewestForError ? 0 : kErrorParts;
    sampling.parts = kErrorParts;
    for (sampling.part = 0; sampling.part < part_count; ++sampling.part) {
      std::vector<HitRatios> part = replay();
      for (std::size_t p = 0; p < policies.size(); ++p) {
        parts[p].push_back(std::move(part[p].block_hit));
      }
    }
    std::vector<Curve> curves;
    for (std::size_t p = 0; p < policies.size(); ++p) {
      Curve curve = curve_of(stream, label_of(policies[p]), reuse, "miniature");
      curve.rate = sampling.rate;
      curve.block_hit = std::move(whole[p].block_hit);
      curve.token_hit = std::move(whole[p].token_hit);
      if (part_count != 0) curve.error = standard_error(parts[p], sampling.rate);
      curves.push_back(std::move(curve));
    }
    return curves;
  }

  // The ratios of each policy at every capacity, from replays of the sample.
  std::vector<HitRatios> miniature(const PlannedStream& planned, Trace sampled, double rate,
                                   const Lookups& all, Reuse reuse,
                                   const std::vector<PolicySpec>& policies) {
    const AccessStream& stream = planned.stream;
    const std::uint32_t distinct = sampled.blocks->distinct;
    if (distinct == 0) {
      throw InputError(
          fmt::format("trace '{}': a sample at rate {:.3g} takes none of its {} distinct blocks; "
                      "allowed is a higher rate, or a larger number",
                      stream.trace->name, rate, stream.distinct));
    }
    OpenedTraces traces;
    traces.traces.push_back(std::make_unique<const Trace>(std::move(sampled)));
    traces.paths.emplace_back();
    const Lookups sample = lookups_of(
        make_stream(*traces.traces.front(), 0, stream.lookup, stream.touch_order), warmup().share);

    // The sweep's own but for the sample's capacities; one of less than half a block holds nothing.
    std::vector<std::uint64_t> scaled;
    for (const std::uint64_t capacity : capacities_) {
      scaled.push_back(
          static_cast<std::uint64_t>(std::llround(static_cast<double>(capacity) * rate)));
    }
    ExperimentConfig config;
    config.traces.emplace_back();
    Sweep sweep = config_.sweeps.front();
    sweep.traces.clear();
    sweep.policies = policies;
    sweep.capacities.clear();
    for (const std::uint64_t capacity : std::set<std::uint64_t>(scaled.begin(), scaled.end())) {
      if (capacity > 0) sweep.capacities.push_back(parse_capacity(std::to_string(capacity)));
    }
    sweep.reuse = {reuse};
    sweep.touch_orders = {stream.touch_order};
    sweep.lookups = {stream.lookup};
    sweep.block_sizes.clear();
    sweep.seeds = {seed()};
    config.sweeps.push_back(std::move(sweep));
    std::map<std::pair<std::string, std::uint64_t>, const RunResult*> by_capacity;
    Results results;
    if (!config.sweeps.front().capacities.empty()) {
      results = run_experiment(config, options_, traces);
    }
    for (const RunResult& run : results.runs) {
      by_capacity[{run.policy, *run.capacity.blocks}] = &run;
    }

    std::vector<HitRatios> ratios(policies.size());
    for (std::size_t p = 0; p < policies.size(); ++p) {
      for (const std::uint64_t capacity : scaled) {
        const RunResult* run =
            capacity == 0 ? nullptr : by_capacity.at({label_of(policies[p]), capacity});
        const auto ratio = [&](double hits, double looked_up, double whole, double denominator) {
          return std::clamp((hits + whole * rate - looked_up) / (denominator * rate), 0.0, 1.0);
        };
        const double hits = run == nullptr ? 0 : static_cast<double>(run->counts.hits);
        ratios[p].block_hit.push_back(ratio(hits, sample.blocks, all.blocks, all.blocks));
        if (all.input_tokens == 0) continue;
        const double hit_tokens =
            run == nullptr ? 0 : static_cast<double>(run->counts.hit_tokens.value_or(0));
        ratios[p].token_hit.push_back(
            ratio(hit_tokens, sample.tokens, all.tokens, all.input_tokens));
      }
    }
    return ratios;
  }

  const Warmup& warmup() const { return config_.sweeps.front().warmup; }
  std::uint64_t seed() const { return config_.sweeps.front().seeds.front(); }

  const ExperimentConfig& config_;
  RunnerOptions options_;
  const OpenedTraces& opened_;
  CurveSample sample_;
  std::vector<std::uint64_t> capacities_;
};

}  // namespace

std::vector<Curve> sampled_curves(const ExperimentConfig& config, const RunnerOptions& options,
                                  const OpenedTraces& opened, const CurveSample& sample) {
  return Sampler(config, options, opened, sample).curves();
}

void measure_error(Curve& estimate, const Curve& truth) {
  CurveError error{"absolute_error",
                   truth.method == "exact" ? "the exact curve" : "replays of the whole trace", 0,
                   0};
  for (std::size_t i = 0; i < estimate.block_hit.size(); ++i) {
    const double at = std::abs(estimate.block_hit[i] - truth.block_hit[i]);
    error.mean += at / static_cast<double>(estimate.block_hit.size());
    error.max = std::max(error.max, at);
  }
  estimate.error = std::move(error);
}

}  // namespace kvsim
