#pragma once
// Hit-ratio curves that may share axes: those of one trace and reuse.

#include <string>
#include <vector>

#include "reports/panel.hpp"

namespace kvsim::reports {

struct CurveSet {
  std::string id;  ///< unlike any panel's and any other set's
  std::string trace;
  std::string reuse;
  bool in_bytes = false;  ///< capacities; else in blocks
  std::vector<const Curve*> curves;

  std::string title() const;
};

/// The report's curves by trace, reuse and unit of capacity, in order of appearance.
std::vector<CurveSet> curve_sets(const ReportData& data);
/// `lru, shards 0.01`: policy, method and rate, and the file where the report has several.
std::string curve_label(const ReportData& data, const Curve& curve);

}  // namespace kvsim::reports
