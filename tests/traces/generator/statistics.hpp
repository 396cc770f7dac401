#pragma once
// Goodness-of-fit tests with their critical values. All seeds are fixed, so that a test that passes
// once always does; the level says how good a fit is asked for.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace kvsim::testing {

/// Pearson's statistic of counts against probabilities that sum to 1. Cells that expect fewer than
/// 5 are joined to the one before.
struct ChiSquare {
  double statistic = 0;
  double degrees = -1;

  ChiSquare(std::span<const std::uint64_t> counts, std::span<const double> probabilities) {
    double total = 0;
    for (const std::uint64_t c : counts) total += static_cast<double>(c);
    double expected = 0;
    double observed = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      expected += total * probabilities[i];
      observed += static_cast<double>(counts[i]);
      double left = 0;
      for (std::size_t j = i + 1; j < counts.size() && left < 5; ++j) {
        left += total * probabilities[j];
      }
      if (expected < 5 || (left < 5 && i + 1 < counts.size())) continue;
      statistic += (observed - expected) * (observed - expected) / expected;
      degrees += 1;
      expected = observed = 0;
    }
  }

  /// Whether the fit is accepted at level 0.001 (Wilson and Hilferty's approximation).
  bool fits() const {
    const double spread = 2 / (9 * degrees);
    const double root = 1 - spread + 3.0902 * std::sqrt(spread);
    return degrees >= 1 && statistic < degrees * root * root * root;
  }
};

/// Kolmogorov and Smirnov: whether `values` may come from the distribution `cdf`, at level 0.001.
inline bool ks_fits(std::vector<double> values, const std::function<double(double)>& cdf) {
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double below = static_cast<double>(i) / n;
    const double p = cdf(values[i]);
    distance = std::max({distance, p - below, below + 1 / n - p});
  }
  return distance * std::sqrt(n) < 1.9495;
}

/// The standard normal distribution function.
inline double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

/// (k + shift)^-alpha for k = 1 … n, normalised.
inline std::vector<double> zipf_probabilities(std::size_t n, double alpha, double shift = 0) {
  std::vector<double> p(n);
  double sum = 0;
  for (std::size_t k = 0; k < n; ++k) {
    p[k] = std::pow(static_cast<double>(k + 1) + shift, -alpha);
    sum += p[k];
  }
  for (double& x : p) x /= sum;
  return p;
}

}  // namespace kvsim::testing
