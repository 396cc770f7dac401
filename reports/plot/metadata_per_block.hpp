#pragma once

#include <string_view>
#include <vector>

#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// A bar a policy: the mean over its runs, with the range over capacities.
struct MetadataPerBlock {
  static constexpr std::string_view kName = "metadata_per_block";
  static constexpr std::string_view kDoc =
      "Bytes that a policy and its residency hold for each distinct block of the trace.";

  static bool applies(const ReportData& data);
  static std::vector<Figure> figures(const ReportData& data);
};
static_assert(Plot<MetadataPerBlock>);

}  // namespace kvsim::reports
