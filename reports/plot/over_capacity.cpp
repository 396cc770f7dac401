#include "reports/plot/over_capacity.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/draw/scale.hpp"

namespace kvsim::reports {

Measure measure_of(std::string dotted) {
  return [dotted = std::move(dotted)](const Run& run) { return run.value(dotted); };
}

std::optional<Spread> spread_by(const std::vector<const Run*>& runs, const Measure& measure) {
  std::vector<double> values;
  for (const Run* run : runs) {
    if (const auto value = measure(*run)) values.push_back(*value);
  }
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return Spread{std::clamp(sum / static_cast<double>(values.size()), *low, *high), *low, *high,
                values.size()};
}

namespace {

bool same_points(const Series& a, const Series& b) {
  return std::equal(a.points.begin(), a.points.end(), b.points.begin(), b.points.end(),
                    [](const Point& p, const Point& q) {
                      return p.x == q.x && p.y == q.y && p.low == q.low && p.high == q.high;
                    });
}

}  // namespace

Axis capacity_axis(const Panel& panel) {
  Axis axis;
  axis.label = panel.capacity_name == "share" ? "capacity, share of distinct blocks"
                                              : "capacity, " + panel.capacity_name;
  axis.field = "capacity_" + panel.capacity_name;
  axis.unit = panel.capacity_unit;
  axis.log =
      !panel.capacities.empty() && wants_log(panel.capacities.front(), panel.capacities.back());
  return axis;
}

LineChart lines_over_capacity(const Panel& panel, const Palette& palette, const Measure& measure,
                              Axis y) {
  LineChart chart;
  chart.x = capacity_axis(panel);
  chart.y = std::move(y);
  for (const std::string& policy : panel.policies) {
    Series series{policy, policy, palette[policy], {}};
    for (const double capacity : panel.capacities) {
      const auto spread = spread_by(panel.at(policy, capacity), measure);
      if (!spread) continue;
      series.points.push_back({capacity, spread->mean, spread->low, spread->high, spread->runs});
    }
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  }
  return chart;
}

BarChart bars_at_capacity(const Panel& panel, const Palette& palette, double capacity,
                          const Measure& measure, Axis x) {
  BarChart chart;
  chart.x = std::move(x);
  for (const std::string& policy : panel.policies) {
    const auto spread = spread_by(panel.at(policy, capacity), measure);
    if (!spread) continue;
    chart.bars.push_back({policy, palette[policy], spread->mean, spread->low, spread->high,
                          spread->runs, std::nullopt});
  }
  std::stable_sort(chart.bars.begin(), chart.bars.end(),
                   [](const Bar& a, const Bar& b) { return a.value > b.value; });
  return chart;
}

void merge_if_alike(LineChart& chart) {
  if (chart.series.size() < 2) return;
  const Series& first = chart.series.front();
  const bool alike = std::all_of(chart.series.begin(), chart.series.end(),
                                 [&](const Series& series) { return same_points(series, first); });
  if (!alike) return;
  Series all{fmt::format("all {} policies", chart.series.size()), "", {kInk, 0}, first.points};
  chart.series = {std::move(all)};
}

std::vector<double> offered_capacities(const Panel& panel) {
  constexpr std::size_t kMost = 32;
  const std::size_t count = panel.capacities.size();
  if (count <= kMost) return panel.capacities;
  std::vector<double> chosen;
  for (std::size_t i = 0; i < kMost; ++i) {
    chosen.push_back(panel.capacities[i * (count - 1) / (kMost - 1)]);
  }
  const auto middle = panel.middle_capacity();
  if (middle && std::find(chosen.begin(), chosen.end(), *middle) == chosen.end()) {
    chosen.push_back(*middle);
    std::sort(chosen.begin(), chosen.end());
  }
  return chosen;
}

std::string capacity_value(double capacity) { return fmt::format("{}", capacity); }

}  // namespace kvsim::reports
