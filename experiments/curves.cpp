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

std::vector<Curve> sweep_curves(const std::vector<RunResult>& runs) {
  const auto key = [](const RunResult& run) {
    return std::tie(run.trace, run.policy, run.reuse, run.organisation, run.block_size,
                    run.touch_order, run.lookup, run.seed);
  };
  std::vector<const RunResult*> points;
  for (const RunResult& run : runs) {
    if (run.capacity.blocks && run.ratios.block_hit) points.push_back(&run);
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
    std::stable_sort(same.begin(), same.end(), [](const RunResult* a, const RunResult* b) {
      return *a->capacity.blocks < *b->capacity.blocks;
    });
    Curve curve{points[i]->trace, points[i]->policy, points[i]->reuse, "sweep", {}, {}, {}};
    for (const RunResult* run : same) {
      curve.capacity_blocks.push_back(*run->capacity.blocks);
      curve.block_hit.push_back(*run->ratios.block_hit);
      if (run->ratios.token_hit) curve.token_hit.push_back(*run->ratios.token_hit);
    }
    if (curve.token_hit.size() != curve.block_hit.size()) curve.token_hit.clear();
    curves.push_back(std::move(curve));
  }
  return curves;
}

std::vector<Curve> take_exact_curves(Plan& plan) {
  const auto is_exact = [&](const PlannedRun& run) {
    return run.policy.policy.name == "lru" && run.policy.admission.empty() &&
           run.organisation == "flat" && !run.warmup.until_full && !run.capacity.weigh_bytes &&
           !plan.streams[run.stream]->stream.has_events;
  };
  std::map<std::tuple<std::size_t, Reuse, double>, std::set<std::uint64_t>> wanted;
  for (const PlannedRun& run : plan.runs) {
    if (!is_exact(run)) continue;
    wanted[{run.stream, run.reuse, run.warmup.share}].insert(run.capacity.units);
  }
  std::erase_if(plan.runs, is_exact);
  std::vector<Curve> curves;
  for (const auto& [reading, capacities] : wanted) {
    const auto& [index, reuse, share] = reading;
    const AccessStream& stream = plan.streams[index]->stream;
    const LruCurve exact = lru_curve(stream, reuse, {share, false});
    if (exact.accesses() == 0) continue;
    Curve curve{stream.trace->name, "lru", std::string(name_of(reuse)), "exact", {}, {}, {}};
    for (const std::uint64_t capacity : capacities) {
      const auto ratio = [](std::uint64_t part, std::uint64_t whole) {
        return static_cast<double>(part) / static_cast<double>(whole);
      };
      curve.capacity_blocks.push_back(capacity);
      curve.block_hit.push_back(ratio(exact.hits(capacity), exact.accesses()));
      if (exact.tokens() != 0) {
        curve.token_hit.push_back(ratio(exact.hit_tokens(capacity), exact.tokens()));
      }
    }
    curves.push_back(std::move(curve));
  }
  return curves;
}

}  // namespace kvsim
