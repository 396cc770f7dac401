#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kvsim {

/// Of a set of values. Quantiles are nearest-rank: quantile q of n sorted values is the value
/// number ⌈q n⌉, so that each is a value that occurs. All are 0 for no values.
template <class T>
struct Summary {
  std::uint64_t count = 0;
  T sum = 0;
  double mean = 0;
  T min = 0;
  T median = 0;
  T p90 = 0;
  T p99 = 0;
  T max = 0;
};

/// The 1-based nearest rank of quantile `q` among `count` > 0 values.
inline std::size_t nearest_rank(double q, std::size_t count) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(count) - 1e-9));
  return std::clamp<std::size_t>(rank, 1, count);
}

/// The summary of `values`, which it reorders. Linear time.
template <class Result, class T>
Summary<Result> summarise(std::vector<T>& values) {
  Summary<Result> s;
  s.count = values.size();
  if (values.empty()) return s;
  for (const T v : values) s.sum += static_cast<Result>(v);
  s.mean = static_cast<double>(s.sum) / static_cast<double>(s.count);
  // Ascending quantiles: each selection only has to look at the part above the one before.
  auto from = values.begin();
  const auto quantile = [&](double q) {
    const auto at =
        values.begin() + static_cast<std::ptrdiff_t>(nearest_rank(q, values.size()) - 1);
    std::nth_element(from, at, values.end());
    from = at;
    return static_cast<Result>(*at);
  };
  s.min = static_cast<Result>(*std::min_element(values.begin(), values.end()));
  s.median = quantile(0.5);
  s.p90 = quantile(0.9);
  s.p99 = quantile(0.99);
  s.max = quantile(1);
  return s;
}

}  // namespace kvsim
