#include "reports/plot/speedup.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "reports/plot/over_capacity.hpp"

namespace kvsim::reports {
namespace {

constexpr std::string_view kFactors[] = {"end_to_end", "prefill", "prefill_bound", "throughput"};

std::set<std::string> labels_of(const Panel& panel) {
  std::set<std::string> labels;
  for (const Run* run : panel.runs) {
    for (const Speedup& speedup : run->speedups) labels.insert(speedup.label);
  }
  return labels;
}

Measure factor_of(std::string label, std::string factor) {
  return [label = std::move(label),
          factor = std::move(factor)](const Run& run) -> std::optional<double> {
    for (const Speedup& speedup : run.speedups) {
      if (speedup.label != label) continue;
      const auto it = speedup.values.find(factor);
      if (it != speedup.values.end()) return it->second;
    }
    return std::nullopt;
  };
}

Figure figure_of(const Panel& panel, const Palette& palette, const std::string& label) {
  Figure figure;
  figure.section = panel.id;
  figure.title = "Speedup, " + label;
  figure.wide = panel.capacities.size() > 1;
  figure.caption = label.starts_with("measured")
                       ? "Measured: wall clock of a real model run, with over without the cache."
                       : "Modelled: computed by a cost model, not measured.";
  for (const std::string_view name : kFactors) {
    const std::string factor(name);
    const Measure measure = factor_of(label, factor);
    const std::string stem = std::string(SpeedupPlot::kName) + "." + panel.id + "." +
                             slug(label) + "." + factor;
    const Axis axis{label + " " + factor + " speedup", factor, Unit::kFactor, false};
    const std::vector<Choice> choices{{"measure", factor, factor}};
    if (panel.capacities.size() > 1) {
      LineChart chart = lines_over_capacity(panel, palette, measure, axis);
      chart.baseline = 1;
      if (chart.series.empty()) continue;
      figure.views.push_back(
          {choices, axis.label + " over capacity", panel.title(), std::move(chart), stem});
    } else if (!panel.capacities.empty()) {
      const double capacity = panel.capacities.front();
      BarChart chart = bars_at_capacity(panel, palette, capacity, measure, axis);
      if (chart.bars.empty()) continue;
      figure.views.push_back({choices, axis.label + " at " + panel.capacity_text(capacity),
                              panel.title(), std::move(chart), stem});
    }
  }
  return figure;
}

}  // namespace

bool SpeedupPlot::applies(const ReportData& data) {
  return std::any_of(data.panels.begin(), data.panels.end(),
                     [](const Panel& panel) { return !labels_of(panel).empty(); });
}

std::vector<Figure> SpeedupPlot::figures(const ReportData& data) {
  std::vector<Figure> figures;
  for (const Panel& panel : data.panels) {
    for (const std::string& label : labels_of(panel)) {
      Figure figure = figure_of(panel, data.palette, label);
      if (!figure.views.empty()) figures.push_back(std::move(figure));
    }
  }
  return figures;
}

}  // namespace kvsim::reports
