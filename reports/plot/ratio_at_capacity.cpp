#include "reports/plot/ratio_at_capacity.hpp"

#include <algorithm>
#include <string>

#include "reports/plot/over_capacity.hpp"

namespace kvsim::reports {
namespace {

bool has_bars(const Panel& panel) { return !panel.capacities.empty() && !panel.ratios().empty(); }

BarChart bars_with_gaps(const Panel& panel, const Palette& palette, double capacity,
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

}  // namespace

bool RatioAtCapacity::applies(const ReportData& data) {
  return std::any_of(data.panels.begin(), data.panels.end(), has_bars);
}

std::vector<Figure> RatioAtCapacity::figures(const ReportData& data) {
  std::vector<Figure> figures;
  for (const Panel& panel : data.panels) {
    if (!has_bars(panel)) continue;
    const double middle = panel.middle_capacity().value_or(panel.capacities.front());
    Figure figure;
    figure.section = panel.id;
    figure.title = "Policies at one capacity";
    bool first = true;
    for (const std::string& dotted : panel.ratios()) {
      const std::string ratio(short_name(dotted));
      for (const double capacity : offered_capacities(panel)) {
        BarChart chart = bars_with_gaps(panel, data.palette, capacity, dotted);
        if (chart.bars.empty()) continue;
        const std::string text = panel.capacity_text(capacity);
        const bool chosen = capacity == middle;
        if (chosen && first) {
          figure.shown = figure.views.size();
          first = false;
        }
        if (chart.reference) {
          figure.caption =
              "Dashed: the best of Belady’s variants at this capacity. It bounds every policy only "
              "where blocks are independent accesses of equal size.";
        }
        figure.views.push_back(
            {{{"ratio", ratio, ratio}, {"capacity", capacity_value(capacity), text}},
             ratio + " at " + text,
             panel.title(),
             std::move(chart),
             chosen ? std::string(kName) + "." + panel.id + "." + ratio : std::string()});
      }
    }
    if (!figure.views.empty()) figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace kvsim::reports
