#pragma once

#include <string_view>
#include <vector>

#include "reports/plot/concept.hpp"

namespace kvsim::reports {

/// A line a policy over capacity; faces for the peak and the mean.
struct KvBytes {
  static constexpr std::string_view kName = "kv_bytes";
  static constexpr std::string_view kDoc = "Bytes of keys and values held, over capacity.";

  static bool applies(const ReportData& data);
  static std::vector<Figure> figures(const ReportData& data);
};
static_assert(Plot<KvBytes>);

}  // namespace kvsim::reports
