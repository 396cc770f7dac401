#pragma once

#include <string_view>
#include <vector>

#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// A line a policy; a face for each ratio that the runs state; bands over repeats.
struct RatioOverCapacity {
  static constexpr std::string_view kName = "ratio_over_capacity";
  static constexpr std::string_view kDoc = "Hit ratio over capacity, one line a policy.";

  static bool applies(const ReportData& data);
  static std::vector<Figure> figures(const ReportData& data);
};
static_assert(Plot<RatioOverCapacity>);

}  // namespace kvsim::reports
