#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/plot/concept.hpp"
#include "reports/plot/over_capacity.hpp"

namespace kvsim::reports {

/// A line a policy, with bands over repeats; a face for each ratio that the runs state, and, where
/// Belady ran, for the gap to the best of its variants, which tells close policies apart.
struct RatioOverCapacity {
  static constexpr std::string_view kName = "ratio_over_capacity";
  static constexpr std::string_view kDoc = "Hit ratio over capacity, one line a policy.";

  static bool applies(const ReportData& data) {
    return std::any_of(data.panels.begin(), data.panels.end(), has_lines);
  }

  static std::vector<Figure> figures(const ReportData& data) {
    std::vector<Figure> figures;
    for (const Panel& panel : data.panels) {
      if (!has_lines(panel)) continue;
      Figure figure;
      figure.section = panel.id;
      figure.title = "Hit ratio over capacity";
      figure.wide = true;
      for (const std::string& dotted : panel.ratios()) {
        const std::string ratio(short_name(dotted));
        LineChart chart = lines_over_capacity(panel, data.palette, measure_of(dotted),
                                              {ratio, ratio, Unit::kRatio, false});
        LineChart gaps = gaps_to_belady(panel, dotted, chart);
        const std::string stem = std::string(kName) + "." + panel.id + "." + ratio;
        figure.views.push_back({{{"ratio", ratio, ratio}, {"show", "ratio", "the ratio"}},
                                ratio + " over capacity",
                                panel.title(),
                                std::move(chart),
                                stem});
        if (gaps.series.empty()) continue;
        figure.views.push_back({{{"ratio", ratio, ratio}, {"show", "gap", "the gap to Belady"}},
                                ratio + ", gap to Belady over capacity",
                                panel.title(),
                                std::move(gaps),
                                stem + ".gap"});
      }
      if (!figure.views.empty()) figures.push_back(std::move(figure));
    }
    return figures;
  }

 private:
  static bool has_lines(const Panel& panel) {
    return panel.capacities.size() > 1 && !panel.ratios().empty();
  }

  // The same lines, measured from the best of Belady's variants at each capacity.
  static LineChart gaps_to_belady(const Panel& panel, const std::string& dotted,
                                  const LineChart& chart) {
    LineChart gaps;
    gaps.x = chart.x;
    gaps.y = chart.y;
    gaps.baseline = 0;
    gaps.y.label = chart.y.label + " less Belady’s, points";
    gaps.y.field = chart.y.field + "_gap";
    gaps.y.unit = Unit::kPoints;
    for (const Series& series : chart.series) {
      if (is_belady(series.policy)) continue;
      Series gap{series.label, series.policy, series.style, {}};
      for (const Point& point : series.points) {
        const auto best = panel.belady(point.x, dotted);
        if (!best) continue;
        gap.points.push_back({point.x, point.y - best->value, point.low - best->value,
                              point.high - best->value, point.runs});
      }
      if (!gap.points.empty()) gaps.series.push_back(std::move(gap));
    }
    return gaps;
  }
};
static_assert(Plot<RatioOverCapacity>);

}  // namespace kvsim::reports
