#pragma once
// Samplers that generators share. Each is our own and draws from kvsim::Rng alone, so that a seed
// gives the same values with every standard library (as far as its log and exp agree).

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/rng.hpp"

namespace kvsim {

/// The seed of an independent stream of a run (SplitMix64's finaliser over both numbers).
std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t stream);

/// True with probability `p`.
inline bool chance(Rng& rng, double p) { return rng.uniform() < p; }

/// Exponential with the given mean, by inversion.
double exponential(Rng& rng, double mean);

/// Standard normal (Box and Muller 1958).
double normal(Rng& rng);

/// Lognormal whose arithmetic mean is `mean` and whose logarithm has the deviation `sigma`.
double lognormal(Rng& rng, double mean, double sigma);

/// Lognormal, rounded, at least `min` and at most `max`.
std::uint32_t lognormal_length(Rng& rng, double mean, double sigma, std::uint32_t min = 1,
                               std::uint32_t max = 1u << 30);

/// Geometric on 1, 2, … with the given mean, at least 1.
std::uint64_t geometric(Rng& rng, double mean);

/// Zipf-Mandelbrot: k in 1 … n with probability proportional to (k + shift)^-alpha; Zipf for shift
/// 0, uniform for alpha 0. Exact and O(1) a draw without tables, by rejection-inversion (Hörmann
/// and Derflinger 1996, ACM TOMACS 6(3)).
class ZipfSampler {
 public:
  /// n >= 1, alpha >= 0, shift >= 0.
  ZipfSampler(std::uint64_t n, double alpha, double shift = 0);

  /// A rank, 1-based.
  std::uint64_t operator()(Rng& rng) const;

 private:
  double integral(double y) const;
  double inverse(double u) const;
  double weight(double y) const;

  std::uint64_t n_;
  double alpha_;
  double shift_;
  double first_;    ///< integral at the lower end
  double last_;     ///< integral at the upper end
  double squeeze_;  ///< distance below which a rank is accepted without a comparison
};

/// Draws index i with probability proportional to weights[i], in O(1) (Walker 1977, Vose 1991).
class AliasTable {
 public:
  /// Weights >= 0, not all 0, fewer than 2^32.
  explicit AliasTable(std::span<const double> weights);

  std::size_t operator()(Rng& rng) const;
  std::size_t size() const { return cut_.size(); }

 private:
  std::vector<double> cut_;
  std::vector<std::uint32_t> alias_;
};

/// A uniformly random order (Fisher and Yates).
template <class T>
void shuffle(Rng& rng, std::vector<T>& values) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[rng.below(i)]);
}

/// Seconds as whole milliseconds: what trace formats keep of a time.
TimeNs whole_ms(double seconds);

/// Poisson arrivals: exponential gaps, `rate` a second.
class PoissonArrivals {
 public:
  PoissonArrivals(double rate, std::uint64_t seed) : mean_gap_(1.0 / rate), rng_(seed) {}

  /// The next arrival, in seconds since the start.
  double next() { return now_ += exponential(rng_, mean_gap_); }

 private:
  double mean_gap_;
  double now_ = 0;
  Rng rng_;
};

/// Arrivals whose rate follows the hour: rate (1 + swing sin(2π (t/day - 1/4))), lowest at
/// midnight, by thinning (Lewis and Shedler 1979).
class DiurnalArrivals {
 public:
  /// `swing` from 0 to 1.
  DiurnalArrivals(double mean_rate, double swing, std::uint64_t seed);

  double next();

 private:
  double swing_;
  double mean_gap_;  ///< at the peak rate
  double now_ = 0;
  Rng rng_;
};

/// Sizes of objects, drawn at each object's first access.
class ObjectSizes {
 public:
  /// `mean` 0: the trace carries no sizes.
  ObjectSizes(double mean, double sigma, std::uint64_t seed)
      : mean_(mean), sigma_(sigma), rng_(seed) {}

  std::uint32_t operator()(std::uint64_t object);

 private:
  double mean_;
  double sigma_;
  Rng rng_;
  std::vector<std::uint32_t> bytes_;  ///< 0: not drawn yet
};

}  // namespace kvsim
