#pragma once

#include <string_view>
#include <vector>

#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// A bar a policy with its gap to the best of Belady's variants; a face for each ratio and
/// capacity, the standalone plot at a middle capacity.
struct RatioAtCapacity {
  static constexpr std::string_view kName = "ratio_at_capacity";
  static constexpr std::string_view kDoc =
      "Hit ratio of each policy at one capacity, with the gap to Belady in points.";

  static bool applies(const ReportData& data);
  static std::vector<Figure> figures(const ReportData& data);
};
static_assert(Plot<RatioAtCapacity>);

}  // namespace kvsim::reports
