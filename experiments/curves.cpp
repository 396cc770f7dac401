#include "experiments/curves.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "sim/engine/lru_curve.hpp"

namespace kvsim {

std::vector<std::uint64_t> log_spaced(std::uint64_t min, std::uint64_t max, std::uint64_t points) {
  std::vector<std::uint64_t> capacities;
  const double ratio = std::log(static_cast<double>(max) / static_cast<double>(min));
  for (std::uint64_t i = 0; i < points; ++i) {
    const double at = points == 1 ? 1.0 : static_cast<double>(i) / static_cast<double>(points - 1);
    const double value = static_cast<double>(min) * std::exp(ratio * at);
    const auto capacity = static_cast<std::uint64_t>(std::llround(value));
    const std::uint64_t inside = std::clamp(capacity, min, max);
    if (capacities.empty() || capacities.back() != inside) capacities.push_back(inside);
  }
  return capacities;
}

std::vector<std::uint64_t> evenly_spaced(std::uint64_t min, std::uint64_t max,
                                         std::uint64_t points) {
  std::vector<std::uint64_t> capacities;
  for (std::uint64_t i = 0; i < points; ++i) {
    const double at = points == 1 ? 1.0 : static_cast<double>(i) / static_cast<double>(points - 1);
    const auto more = static_cast<std::uint64_t>(std::llround(at * static_cast<double>(max - min)));
    const std::uint64_t capacity = std::min(min + more, max);
    if (capacities.empty() || capacities.back() != capacity) capacities.push_back(capacity);
  }
  return capacities;
}

std::vector<Curve> sweep_curves(const std::vector<RunResult>& runs) {
  // Of a capacity known in both, blocks.
  const auto capacity_of = [](const RunResult& run) {
    return run.capacity.blocks ? *run.capacity.blocks : *run.capacity.bytes;
  };
  const auto key = [](const RunResult& run) {
    return std::tuple(std::tie(run.trace, run.policy, run.reuse, run.organisation, run.block_size,
                               run.touch_order, run.lookup, run.seed),
                      run.capacity.blocks.has_value());
  };
  std::vector<const RunResult*> points;
  for (const RunResult& run : runs) {
    if ((run.capacity.blocks || run.capacity.bytes) && run.ratios.block_hit) {
      points.push_back(&run);
    }
  }
  std::vector<Curve> curves;
  std::vector<bool> used(points.size(), false);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (used[i]) continue;
    std::vector<const RunResult*> same;
    for (std::size_t j = i; j < points.size(); ++j) {
      if (used[j] || key(*points[j]) != key(*points[i])) continue;
      used[j] = true;
      same.push_back(points[j]);
    }
    std::stable_sort(same.begin(), same.end(), [&](const RunResult* a, const RunResult* b) {
      return capacity_of(*a) < capacity_of(*b);
    });
    Curve curve;
    curve.trace = points[i]->trace;
    curve.policy = points[i]->policy;
    curve.reuse = points[i]->reuse;
    curve.method = "sweep";
    std::vector<std::uint64_t>& capacities =
        points[i]->capacity.blocks ? curve.capacity_blocks : curve.capacity_bytes;
    for (const RunResult* run : same) {
      capacities.push_back(capacity_of(*run));
      curve.block_hit.push_back(*run->ratios.block_hit);
      if (run->ratios.token_hit) curve.token_hit.push_back(*run->ratios.token_hit);
    }
    if (curve.token_hit.size() != curve.block_hit.size()) curve.token_hit.clear();
    curves.push_back(std::move(curve));
  }
  return curves;
}

bool is_plain_lru(const PolicySpec& policy) {
  return policy.policy.name == "lru" && policy.admission.empty();
}

bool has_exact_curve(const PlannedRun& run, const AccessStream& stream) {
  return is_plain_lru(run.policy) && run.organisation == "flat" && !run.warmup.until_full &&
         !stream.has_events && !(run.capacity.weigh_bytes && run.ignore_size);
}

namespace {

double ratio(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

Curve exact_curve(const AccessStream& stream, Reuse reuse, double warmup,
                  const std::set<std::uint64_t>& capacities) {
  Curve curve;
  const LruCurve exact = lru_curve(stream, reuse, {warmup, false});
  if (exact.accesses() == 0) return curve;
  for (const std::uint64_t capacity : capacities) {
    curve.capacity_blocks.push_back(capacity);
    curve.block_hit.push_back(ratio(exact.hits(capacity), exact.accesses()));
    if (exact.tokens() != 0) {
      curve.token_hit.push_back(ratio(exact.hit_tokens(capacity), exact.tokens()));
    }
  }
  return curve;
}

// Capacities that do not hold the largest object, where the one pass is another cache, are
// replayed.
Curve exact_byte_curve(const ReplayJob& any, const std::set<std::uint64_t>& capacities) {
  Curve curve;
  const AccessStream& stream = *any.stream;
  const LruByteCurve exact = lru_byte_curve(stream, any.warmup);
  if (exact.accesses() == 0) return curve;
  const std::uint64_t largest = *std::max_element(stream.bytes.begin(), stream.bytes.end());
  for (const std::uint64_t capacity : capacities) {
    ReplayJob job = any;
    job.capacity = capacity;
    const std::uint64_t hits =
        capacity >= largest ? exact.hits(capacity) : replay(job, parse_policy("lru")).counts.hits;
    curve.capacity_bytes.push_back(capacity);
    curve.block_hit.push_back(ratio(hits, exact.accesses()));
  }
  return curve;
}

}  // namespace

std::vector<Curve> take_exact_curves(Plan& plan) {
  const auto is_exact = [&](const PlannedRun& run) {
    return has_exact_curve(run, plan.streams[run.stream]->stream);
  };
  struct Wanted {
    ReplayJob job;
    std::set<std::uint64_t> capacities;
  };
  std::map<std::tuple<std::size_t, Reuse, double, bool>, Wanted> wanted;
  for (const PlannedRun& run : plan.runs) {
    if (!is_exact(run)) continue;
    Wanted& same = wanted[{run.stream, run.reuse, run.warmup.share, run.capacity.weigh_bytes}];
    same.job = job_of(plan, run);
    same.capacities.insert(run.capacity.units);
  }
  std::erase_if(plan.runs, is_exact);
  std::vector<Curve> curves;
  for (const auto& [reading, same] : wanted) {
    const auto& [job, capacities] = same;
    const AccessStream& stream = *job.stream;
    const Reuse reuse = job.reuse;
    Curve curve = job.weigh_bytes ? exact_byte_curve(job, capacities)
                                  : exact_curve(stream, reuse, job.warmup.share, capacities);
    if (curve.block_hit.empty()) continue;
    curve.trace = stream.trace->name;
    curve.policy = "lru";
    curve.reuse = std::string(name_of(reuse));
    curve.method = "exact";
    curves.push_back(std::move(curve));
  }
  return curves;
}

}  // namespace kvsim
