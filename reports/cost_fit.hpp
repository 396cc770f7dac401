#pragma once
// What a calibrated profile (`kvsim.cost/1`) says of its own fit: every measurement with what is
// predicted of it. It has a section of its own on the page.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvsim::reports {

/// The id of the page's section.
inline constexpr std::string_view kCalibrationSection = "calibration";

/// One measurement.
struct CostPoint {
  std::string series;  ///< "512 cached", "batch 4", "host"
  double x = 0;        ///< new tokens, context or bytes
  double seconds = 0;
  double predicted = 0;  ///< seconds
  bool held_out = false;
};

/// One fitted formula.
struct CostFit {
  std::string what;  ///< "prefill", "decode step" or "copy"
  std::string x;     ///< what the x of its points counts
  std::vector<CostPoint> points;
  std::optional<double> median_error, held_out_error;  ///< relative; of copies absent
};

/// A profile; without fits where the file is none.
struct CostProfile {
  std::string title;  ///< "smollm2-135m on EPYC, KV as float32"
  std::vector<CostFit> fits;
};

}  // namespace kvsim::reports
