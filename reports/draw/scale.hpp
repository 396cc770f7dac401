#pragma once
// From values to pixels, and the ticks that a reader counts by.

#include <vector>

#include "reports/format.hpp"

namespace kvsim::reports {

/// Maps [low, high] to pixels [from, to], evenly or by logarithm. A log scale needs low > 0.
class Scale {
 public:
  Scale(double low, double high, double from, double to, bool log);

  double operator()(double value) const;
  double low() const { return low_; }
  double high() const { return high_; }
  bool log() const { return log_; }

 private:
  double low_;
  double high_;
  double from_;
  double to_;
  bool log_;
};

/// Round numbers within [low, high], about `count` of them; in 1-2-5 steps, or for bytes in powers
/// of two.
std::vector<double> linear_ticks(double low, double high, int count, Unit unit);
/// The same on a log scale: decades, with 2s and 5s between where there are few.
std::vector<double> log_ticks(double low, double high, Unit unit);
/// [low, high] widened to round numbers; from 0 where the values come near it.
struct Range {
  double low;
  double high;
};
Range nice_range(double low, double high, int count, Unit unit);

/// Whether values that span low to high are better shown by logarithm.
bool wants_log(double low, double high);

/// Vertical places for labels that want to stand at `wanted`, at least `gap` apart and within
/// [low, high] if they fit, moved as little as possible (least squares). Order is kept.
std::vector<double> spread_labels(const std::vector<double>& wanted, double gap, double low,
                                  double high);

}  // namespace kvsim::reports
