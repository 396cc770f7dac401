#pragma once

#include <string_view>
#include <vector>

#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// A line a curve, in its policy's colour, dashed by its method.
struct HitRatioCurve {
  static constexpr std::string_view kName = "hit_ratio_curve";
  static constexpr std::string_view kDoc =
      "Hit-ratio curves over capacity: exact, swept, SHARDS or miniature simulation.";

  static bool applies(const ReportData& data);
  static std::vector<Figure> figures(const ReportData& data);
};
static_assert(Plot<HitRatioCurve>);

}  // namespace kvsim::reports
