#pragma once
// Every plot of the report, as the page and the files need them.

#include <string>
#include <vector>

#include "reports/figure.hpp"
#include "reports/panel.hpp"

namespace kvsim::reports {

/// The figures of every listed plot that applies, plot by plot.
std::vector<Figure> all_figures(const ReportData& data);

/// Name and sentence of a plot.
struct PlotInfo {
  std::string name;
  std::string doc;
};
std::vector<PlotInfo> listed_plots();

}  // namespace kvsim::reports
