#include "reports/curve_set.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvsim::reports {

std::string CurveSet::title() const {
  std::string title = trace;
  if (!reuse.empty()) title += ", reuse " + reuse;
  if (in_bytes) title += ", in bytes";
  return title;
}

std::vector<CurveSet> curve_sets(const ReportData& data) {
  std::vector<CurveSet> sets;
  for (const ResultsFile& file : data.results.files) {
    for (const Curve& curve : file.curves) {
      auto it = std::find_if(sets.begin(), sets.end(), [&](const CurveSet& set) {
        return set.trace == curve.trace && set.reuse == curve.reuse &&
               set.in_bytes == curve.in_bytes;
      });
      if (it == sets.end()) {
        const std::string id =
            fmt::format("curves-{}-{}", sets.size() + 1, slug(curve.trace + " " + curve.reuse));
        it = sets.insert(sets.end(), CurveSet{id, curve.trace, curve.reuse, curve.in_bytes, {}});
      }
      it->curves.push_back(&curve);
    }
  }
  return sets;
}

std::string curve_label(const ReportData& data, const Curve& curve) {
  std::string label = curve.policy;
  if (!curve.method.empty()) label += ", " + curve.method;
  if (curve.rate && *curve.rate != 1) label += fmt::format(" {}", *curve.rate);
  if (data.results.files.size() > 1) label += ", " + data.results.files[curve.file].label;
  return label;
}

}  // namespace kvsim::reports
