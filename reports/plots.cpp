#include "reports/plots.hpp"

#include <algorithm>

#include "reports_plots.hpp"

namespace kvsim::reports {

std::vector<Figure> all_figures(const ReportData& data) {
  std::vector<Figure> figures;
  for_each_type(ReportPlots{}, [&]<Plot P>() {
    if (!P::applies(data)) return;
    for (Figure& figure : P::figures(data)) {
      const auto panel = std::find_if(data.panels.begin(), data.panels.end(),
                                      [&](const Panel& one) { return one.id == figure.section; });
      if (panel == data.panels.end() || has_section(data, *panel)) {
        figures.push_back(std::move(figure));
      }
    }
  });
  return figures;
}

std::vector<PlotInfo> listed_plots() {
  std::vector<PlotInfo> plots;
  for_each_type(ReportPlots{}, [&]<Plot P>() {
    plots.push_back({std::string(P::kName), std::string(P::kDoc)});
  });
  return plots;
}

}  // namespace kvsim::reports
