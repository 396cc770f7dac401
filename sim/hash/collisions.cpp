#include "sim/hash/collisions.hpp"

#include <algorithm>
#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/poisson.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <vector>

namespace kvsim {

namespace {

using Real = long double;

double two_sided(double at_most, double at_least) {
  return std::min(1.0, 2 * std::min(at_most, at_least));
}

double poisson_p_value(std::uint64_t observed, double mean) {
  if (mean <= 0) return observed == 0 ? 1 : 0;
  const boost::math::poisson_distribution<double> poisson(mean);
  const auto k = static_cast<double>(observed);
  const double at_least = observed == 0 ? 1 : cdf(complement(poisson, k - 1));
  return two_sided(cdf(poisson, k), at_least);
}

double normal_p_value(double observed, double mean, double variance) {
  const boost::math::normal_distribution<double> normal(mean, std::sqrt(variance));
  // Half a count to either side: the distribution is one of whole numbers.
  return two_sided(cdf(normal, observed + 0.5), cdf(complement(normal, observed - 0.5)));
}

// The distribution of the number of values taken after n keys, key by key.
double exact_p_value(std::uint64_t observed, std::uint64_t n, double m) {
  std::vector<double> taken(n + 1, 0.0);  // probability that so many values are taken
  taken[0] = 1;
  for (std::uint64_t key = 0; key < n; ++key) {
    for (std::uint64_t k = key + 1; k > 0; --k) {
      const double again = static_cast<double>(k) / m;
      const double fresh = 1 - static_cast<double>(k - 1) / m;
      taken[k] = taken[k] * std::min(1.0, again) + taken[k - 1] * std::max(0.0, fresh);
    }
    taken[0] = 0;
  }
  double at_most = 0;  // collisions
  double at_least = 0;
  for (std::uint64_t k = 0; k <= n; ++k) {
    if (n - k <= observed) at_most += taken[k];
    if (n - k >= observed) at_least += taken[k];
  }
  return two_sided(at_most, at_least);
}

// Below this share of keys to values, differences of nearly equal numbers give way to a series.
constexpr double kSparse = 1e-3;

}  // namespace

double expected_collisions(double n, unsigned bits) {
  const double m = std::ldexp(1.0, static_cast<int>(bits));
  if (n < 2) return 0;
  if (n / m < kSparse) {
    // n over k, (-1)^k / m^(k-1), summed from k = 2 on.
    Real term = Real{n} * (Real{n} - 1) / 2 / m;
    Real sum = term;
    for (int k = 3; k < 20 && k <= n; ++k) {
      term *= -(Real{n} - k + 1) / k / m;
      sum += term;
    }
    return static_cast<double>(sum);
  }
  return static_cast<double>(Real{n} + m * std::expm1(Real{n} * std::log1p(-1 / Real{m})));
}

double collision_variance(double n, unsigned bits) {
  const double m = std::ldexp(1.0, static_cast<int>(bits));
  if (n < 2) return 0;
  if (n / m < kSparse / 10) return expected_collisions(n, bits);  // nearly Poisson
  if (m < 3)
    return std::ldexp(1.0, 1 - static_cast<int>(n)) *
           (1 - std::ldexp(1.0, 1 - static_cast<int>(n)));
  // With a = (1 - 1/m)^n and b = (1 - 2/m)^n: m^2 (b - a^2) + m (a - b), each difference as one.
  const Real below = Real{m} - 1;
  const Real a = std::exp(Real{n} * std::log1p(-1 / Real{m}));
  const Real pairs = Real{m} * m * a * a * std::expm1(Real{n} * std::log1p(-1 / (below * below)));
  const Real singles = -Real{m} * a * std::expm1(Real{n} * std::log1p(-1 / below));
  return static_cast<double>(std::max<Real>(0, pairs + singles));
}

double collision_p_value(std::uint64_t observed, std::uint64_t n, unsigned bits) {
  constexpr std::uint64_t kExactKeys = 2000;
  constexpr double kPoissonMean = 50;
  if (n < 2) return observed == 0 ? 1 : 0;
  const auto keys = static_cast<double>(n);
  if (n <= kExactKeys && bits < 64) {
    return exact_p_value(observed, n, std::ldexp(1.0, static_cast<int>(bits)));
  }
  const double mean = expected_collisions(keys, bits);
  if (mean < kPoissonMean) return poisson_p_value(observed, mean);
  if (bits < 64) {
    // Where nearly every value is taken, it is the few that are not that chance distributes.
    const double values = std::ldexp(1.0, static_cast<int>(bits));
    const double mean_empty = values * std::exp(keys * std::log1p(-1 / values));
    const double empty = values - (keys - static_cast<double>(observed));
    if (empty < 0) return 0;  // by no hash
    if (mean_empty < kPoissonMean) {
      return poisson_p_value(static_cast<std::uint64_t>(empty), mean_empty);
    }
  }
  return normal_p_value(static_cast<double>(observed), mean, collision_variance(keys, bits));
}

BucketTest test_buckets(std::span<const std::uint64_t> bucket_of_key, std::uint64_t buckets,
                        unsigned bits, unsigned spare_bits) {
  constexpr double kPoissonPairs = 50;
  BucketTest test;
  const auto n = static_cast<Real>(bucket_of_key.size());
  if (n < 2 || buckets < 2) {
    test.observed = bucket_of_key.empty() ? 0 : bucket_of_key.size() - 1;
    test.expected = static_cast<double>(test.observed);
    return test;
  }
  std::vector<std::uint32_t> load(buckets, 0);
  for (const std::uint64_t bucket : bucket_of_key) test.observed += load[bucket]++ > 0 ? 1U : 0U;

  const Real values = std::ldexp(Real{1}, static_cast<int>(bits));
  // Values that only spare bits tell apart go to one bucket.
  const Real unit = std::ldexp(Real{1}, static_cast<int>(std::min(bits, spare_bits)));
  const Real placed = values / unit;
  const Real m = std::min(static_cast<Real>(buckets), placed);  // buckets that keys can reach
  const auto reachable = static_cast<std::uint64_t>(m);
  const Real few = std::floor(placed / m);
  const Real low = few * unit;                  // values of most buckets
  const Real with_more = placed - few * m;      // buckets that have `unit` more
  if (low == 1 && with_more == 0) return test;  // one value a bucket: nothing can meet
  if (reachable == 1) {
    test.expected = static_cast<double>(n - 1);
    return test;
  }
  // That a bucket of c values stays empty: (values - c choose n) / (values choose n).
  const auto empty = [&](Real c) {
    if (n > values - c) return Real{0};
    Real log = 0;
    if (c < 1000) {
      for (Real i = 0; i < c; ++i) log += std::log1p(-n / (values - i));
    } else if (values > 0x1p36L) {
      // Differences of such large logarithms would be rounded away.
      log = c * std::log1p(-n / values) - c * c * n / (2 * values * values);
    } else {
      using boost::math::lgamma;  // std::lgamma is not for several threads
      log = lgamma(values - c + 1) - lgamma(values - c - n + 1) - lgamma(values + 1) +
            lgamma(values - n + 1);
    }
    return std::exp(log);
  };
  const Real empties = (m - with_more) * empty(low) + with_more * empty(low + unit);
  test.expected = static_cast<double>(n - (m - empties));

  Real pairs = 0;
  Real chi_square = 0;
  const auto expected_load = [&](std::uint64_t bucket) {
    return n * (static_cast<Real>(bucket) < with_more ? low + unit : low) / values;
  };
  for (std::uint64_t bucket = 0; bucket < reachable; ++bucket) {
    const auto count = static_cast<Real>(load[bucket]);
    pairs += count * (count - 1) / 2;
    const Real expected = expected_load(bucket);
    chi_square += (count - expected) * (count - expected) / expected;
  }
  const Real same_bucket =
      ((m - with_more) * low * (low - 1) + with_more * (low + unit) * (low + unit - 1)) / values /
      (values - 1);
  const Real expected_pairs = n * (n - 1) / 2 * same_bucket;
  if (expected_pairs < kPoissonPairs) {
    test.p_value =
        poisson_p_value(static_cast<std::uint64_t>(pairs), static_cast<double>(expected_pairs));
    return test;
  }
  if (n >= values) return test;  // every value is there: nothing is left to chance
  chi_square *= (values - 1) / (values - n);
  // A gamma distribution of the statistic's own mean and variance.
  const Real mean = m - 1;
  const Real variance = 2 * (m - 1) * (1 - 1 / n);
  const boost::math::gamma_distribution<double> gamma(static_cast<double>(mean * mean / variance),
                                                      static_cast<double>(variance / mean));
  const auto at = static_cast<double>(chi_square);
  test.p_value = two_sided(cdf(gamma, at), cdf(complement(gamma, at)));
  return test;
}

}  // namespace kvsim
