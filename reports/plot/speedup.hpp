#pragma once

#include <string_view>
#include <vector>

#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// A figure for each kind of speedup, so that modelled and measured never share axes unnamed:
/// lines over capacity, or bars where there is but one capacity.
struct SpeedupPlot {
  static constexpr std::string_view kName = "speedup";
  static constexpr std::string_view kDoc =
      "Speedup over no cache, modelled and measured apart, each labelled.";

  static bool applies(const ReportData& data);
  static std::vector<Figure> figures(const ReportData& data);
};
static_assert(Plot<SpeedupPlot>);

}  // namespace kvsim::reports
