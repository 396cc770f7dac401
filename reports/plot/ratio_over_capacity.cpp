#include "reports/plot/ratio_over_capacity.hpp"

#include <algorithm>
#include <string>

#include "reports/plot/over_capacity.hpp"

namespace kvsim::reports {
namespace {

bool has_lines(const Panel& panel) {
  return panel.capacities.size() > 1 && !panel.ratios().empty();
}

}  // namespace

bool RatioOverCapacity::applies(const ReportData& data) {
  return std::any_of(data.panels.begin(), data.panels.end(), has_lines);
}

std::vector<Figure> RatioOverCapacity::figures(const ReportData& data) {
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
      if (chart.series.empty()) continue;
      figure.views.push_back({{{"ratio", ratio, ratio}},
                              ratio + " over capacity",
                              panel.title(),
                              std::move(chart),
                              std::string(kName) + "." + panel.id + "." + ratio});
    }
    if (!figure.views.empty()) figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace kvsim::reports
