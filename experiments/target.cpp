#include "experiments/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "experiments/curves.hpp"
#include "sim/core/error.hpp"
#include "sim/engine/lru_curve.hpp"

namespace kvsim {

namespace {

constexpr std::uint64_t kProbes = 16;  // replays that a round makes, at most

struct Point {
  double block_hit = 0;
  std::optional<double> token_hit;
};

// What was seen at which capacity.
class Search {
 public:
  Search(std::string ratio, double value) : ratio_(std::move(ratio)), value_(value) {}

  void note(std::uint64_t capacity, const Point& ratios) { seen_[capacity] = ratios; }
  bool knows(std::uint64_t capacity) const { return seen_.contains(capacity); }

  /// Between which capacities the answer lies: the largest seen below the least that reaches the
  /// ratio (0: none), and that.
  std::optional<std::pair<std::uint64_t, std::uint64_t>> bracket() const {
    std::uint64_t below = 0;
    for (const auto& [capacity, ratios] : seen_) {
      if (at(ratios) >= value_) return std::pair(below, capacity);
      below = capacity;
    }
    return std::nullopt;
  }

  Curve curve(const std::string& trace, const std::string& policy, Reuse reuse,
              const std::string& method) const {
    Curve curve;
    curve.trace = trace;
    curve.policy = policy;
    curve.reuse = std::string(name_of(reuse));
    curve.method = method;
    CurveTarget target{ratio_, value_, std::nullopt, 0};
    for (const auto& [capacity, ratios] : seen_) {
      curve.capacity_blocks.push_back(capacity);
      curve.block_hit.push_back(ratios.block_hit);
      if (ratios.token_hit) curve.token_hit.push_back(*ratios.token_hit);
      target.reached = std::max(target.reached, at(ratios));
    }
    if (const auto found = bracket()) {
      target.capacity_blocks = found->second;
      target.reached = at(seen_.at(found->second));
    }
    curve.target = std::move(target);
    return curve;
  }

 private:
  double at(const Point& ratios) const {
    return ratio_ == "token_hit" ? ratios.token_hit.value_or(0) : ratios.block_hit;
  }

  std::string ratio_;
  double value_;
  std::map<std::uint64_t, Point> seen_;
};

// The exact curve never falls: its least capacity is found by halving.
void search_exactly(Search& search, const LruCurve& exact) {
  const auto note = [&](std::uint64_t capacity) {
    const auto ratio = [](std::uint64_t part, std::uint64_t whole) {
      return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
    };
    Point ratios{ratio(exact.hits(capacity), exact.accesses()), std::nullopt};
    if (exact.tokens() != 0) ratios.token_hit = ratio(exact.hit_tokens(capacity), exact.tokens());
    search.note(capacity, ratios);
  };
  note(1);
  note(std::max<std::uint64_t>(1, exact.largest_useful()));
  for (auto found = search.bracket(); found && found->second - found->first > 1;
       found = search.bracket()) {
    note(found->first + (found->second - found->first) / 2);
  }
}

}  // namespace

std::vector<Curve> reach_target(const ExperimentConfig& config, const RunnerOptions& options,
                                const OpenedTraces& opened, const std::string& ratio,
                                double value) {
  const Plan plan = [&] {
    ExperimentConfig tried = config;
    tried.sweeps.front().capacities = {parse_capacity("1")};
    tried.sweeps.front().seeds.resize(1);
    return make_plan(tried, opened);
  }();
  const auto& sweep = config.sweeps.front();
  if (plan.streams.size() != 1 || plan.runs.size() != sweep.policies.size()) {
    throw InputError("a target is for one trace, read in one way: give one reuse, block size, …");
  }
  const AccessStream& stream = plan.streams.front()->stream;
  if (ratio == "token_hit" && !stream.has_tokens()) {
    throw InputError(
        fmt::format("trace '{}': a target of token_hit needs input lengths in tokens, "
                    "which it does not carry; allowed is block_hit",
                    stream.trace->name));
  }
  RunnerOptions quiet = options;
  quiet.exact_curves = false;
  quiet.hash_traces = false;
  std::vector<Curve> curves;
  for (const PlannedRun& run : plan.runs) {
    Search search(ratio, value);
    const bool exact = has_exact_curve(run, stream);
    if (exact) {
      search_exactly(search, lru_curve(stream, run.reuse, run.warmup));
    } else {
      const auto probe = [&](const std::vector<std::uint64_t>& capacities) {
        ExperimentConfig probed = config;
        probed.sweeps.front().policies = {run.policy};
        probed.sweeps.front().seeds.resize(1);
        probed.sweeps.front().capacities.clear();
        for (const std::uint64_t capacity : capacities) {
          if (search.knows(capacity)) continue;
          probed.sweeps.front().capacities.push_back(parse_capacity(std::to_string(capacity)));
        }
        if (probed.sweeps.front().capacities.empty()) return;
        for (const RunResult& result : run_experiment(probed, quiet, opened).runs) {
          search.note(*result.capacity.blocks,
                      {result.ratios.block_hit.value_or(0), result.ratios.token_hit});
        }
      };
      probe(log_spaced(1, std::max(1U, stream.distinct), kProbes));
      for (auto found = search.bracket(); found && found->second - found->first > 1;
           found = search.bracket()) {
        probe(evenly_spaced(found->first + 1, found->second - 1, kProbes));
      }
    }
    curves.push_back(search.curve(stream.trace->name, label_of(run.policy), run.reuse,
                                  exact ? "exact" : "sweep"));
  }
  return curves;
}

}  // namespace kvsim
