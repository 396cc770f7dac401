#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/plot/concept.hpp"
#include "reports/plot/over_capacity.hpp"

namespace kvsim::reports {

/// A bar a policy with its gap to the best of Belady's variants; a face for each ratio and
/// capacity, the standalone plot at a middle capacity.
struct RatioAtCapacity {
  static constexpr std::string_view kName = "ratio_at_capacity";
  static constexpr std::string_view kDoc =
      "Hit ratio of each policy at one capacity, with the gap to Belady in points.";

  static bool applies(const ReportData& data) {
    return std::any_of(data.panels.begin(), data.panels.end(), has_bars);
  }

  static std::vector<Figure> figures(const ReportData& data) {
    std::vector<Figure> figures;
    for (const Panel& panel : data.panels) {
      if (!has_bars(panel)) continue;
      Figure figure;
      figure.section = panel.id;
      figure.title = "Policies at one capacity";
      for (const std::string& dotted : panel.ratios()) {
        add_views(panel, data.palette, dotted, figure);
      }
      if (!figure.views.empty()) figures.push_back(std::move(figure));
    }
    return figures;
  }

 private:
  static bool has_bars(const Panel& panel) {
    return !panel.capacities.empty() && !panel.ratios().empty();
  }

  // A face for each capacity; the middle one of the first ratio shows.
  static void add_views(const Panel& panel, const Palette& palette, const std::string& dotted,
                        Figure& figure) {
    const double middle = panel.middle_capacity().value_or(panel.capacities.front());
    const bool first_ratio = figure.views.empty();
    const std::string ratio(short_name(dotted));
    for (const double capacity : offered_capacities(panel)) {
      BarChart chart = bars_with_gaps(panel, palette, capacity, dotted);
      if (chart.bars.empty()) continue;
      if (chart.reference) {
        figure.caption =
            "Dashed: the best of Belady’s variants at this capacity. It bounds every policy only "
            "where blocks are independent accesses of equal size.";
      }
      const std::string text = panel.capacity_text(capacity);
      const bool chosen = capacity == middle;
      if (chosen && first_ratio) figure.shown = figure.views.size();
      figure.views.push_back(
          {{{"ratio", ratio, ratio}, {"capacity", capacity_value(capacity), text}},
           ratio + " at " + text,
           panel.title(),
           std::move(chart),
           chosen ? std::string(kName) + "." + panel.id + "." + ratio : std::string()});
    }
  }

  static BarChart bars_with_gaps(const Panel& panel, const Palette& palette, double capacity,
                                 const std::string& dotted) {
    const std::string ratio(short_name(dotted));
    BarChart chart = bars_at_capacity(panel, palette, capacity, measure_of(dotted),
                                      {ratio, ratio, Unit::kRatio, false});
    const auto best = panel.belady(capacity, dotted);
    if (!best) return chart;
    chart.reference = ReferenceLine{best->policy, best->value};
    for (Bar& bar : chart.bars) {
      if (bar.policy != best->policy) bar.gap = bar.value - best->value;
    }
    return chart;
  }
};
static_assert(Plot<RatioAtCapacity>);

}  // namespace kvsim::reports
