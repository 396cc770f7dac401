#include "traces/generator/sampling.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <numeric>

#include "sim/core/scrambled.hpp"

namespace kvsim {

namespace {

// log1p(x)/x and expm1(x)/x, continued over 0, where a Zipf exponent of 1 needs them.
double log1p_over(double x) { return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2; }
double expm1_over(double x) { return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2; }

constexpr double kDay = 86400;

}  // namespace

std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t stream) {
  return scrambled(seed + (stream + 1) * kGolden64);
}

double exponential(Rng& rng, double mean) { return -mean * std::log1p(-rng.uniform()); }

double normal(Rng& rng) {
  const double radius = std::sqrt(-2 * std::log1p(-rng.uniform()));
  return radius * std::cos(2 * std::numbers::pi * rng.uniform());
}

double lognormal(Rng& rng, double mean, double sigma) {
  return mean * std::exp(sigma * normal(rng) - sigma * sigma / 2);
}

std::uint32_t lognormal_length(Rng& rng, double mean, double sigma, std::uint32_t min,
                               std::uint32_t max) {
  const double drawn = std::round(lognormal(rng, mean, sigma));
  return static_cast<std::uint32_t>(
      std::clamp(drawn, static_cast<double>(min), static_cast<double>(max)));
}

std::uint64_t geometric(Rng& rng, double mean) {
  if (mean <= 1) return 1;
  const double failures = std::log1p(-rng.uniform()) / std::log1p(-1 / mean);
  return 1 + static_cast<std::uint64_t>(std::min(failures, 1e15));
}

ZipfSampler::ZipfSampler(std::uint64_t n, double alpha, double shift)
    : n_(n), alpha_(alpha), shift_(shift) {
  assert(n >= 1 && alpha >= 0 && shift >= 0);
  first_ = integral(1.5 + shift) - weight(1 + shift);
  last_ = integral(static_cast<double>(n) + 0.5 + shift);
  squeeze_ = 2 + shift - inverse(integral(2.5 + shift) - weight(2 + shift));
}

// The integral of y^-alpha from 1 to y.
double ZipfSampler::integral(double y) const {
  const double log_y = std::log(y);
  return expm1_over((1 - alpha_) * log_y) * log_y;
}

double ZipfSampler::inverse(double u) const {
  const double t = std::max(-1.0, u * (1 - alpha_));
  return std::exp(log1p_over(t) * u);
}

double ZipfSampler::weight(double y) const { return std::exp(-alpha_ * std::log(y)); }

std::uint64_t ZipfSampler::operator()(Rng& rng) const {
  if (alpha_ == 0) return 1 + rng.below(n_);
  const double last_rank = static_cast<double>(n_);
  while (true) {
    const double u = last_ + rng.uniform() * (first_ - last_);
    const double x = inverse(u) - shift_;
    const double k = std::clamp(std::floor(x + 0.5), 1.0, last_rank);
    if (k - x <= squeeze_ || u >= integral(k + 0.5 + shift_) - weight(k + shift_)) {
      return static_cast<std::uint64_t>(k);
    }
  }
}

AliasTable::AliasTable(std::span<const double> weights)
    : cut_(weights.size(), 1.0), alias_(weights.size()) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  assert(sum > 0);
  std::vector<double> rest(weights.size());
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    alias_[i] = i;
    rest[i] = weights[i] * static_cast<double>(weights.size()) / sum;
    (rest[i] < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t poor = small.back();
    const std::uint32_t rich = large.back();
    small.pop_back();
    cut_[poor] = rest[poor];
    alias_[poor] = rich;
    rest[rich] -= 1 - rest[poor];
    if (rest[rich] < 1) {
      large.pop_back();
      small.push_back(rich);
    }
  }
}

std::size_t AliasTable::operator()(Rng& rng) const {
  // One draw gives the column (integer part) and the height in it (fraction).
  const double scaled = rng.uniform() * static_cast<double>(cut_.size());
  const auto column = std::min(static_cast<std::size_t>(scaled), cut_.size() - 1);
  return scaled - static_cast<double>(column) < cut_[column] ? column : alias_[column];
}

TimeNs whole_ms(double seconds) {
  return static_cast<TimeNs>(std::llround(seconds * 1000)) * 1'000'000;
}

DiurnalArrivals::DiurnalArrivals(double mean_rate, double swing, std::uint64_t seed)
    : swing_(swing), mean_gap_(1 / (mean_rate * (1 + swing))), rng_(seed) {}

double DiurnalArrivals::next() {
  while (true) {
    now_ += exponential(rng_, mean_gap_);
    const double wave = std::sin(2 * std::numbers::pi * (now_ / kDay - 0.25));
    if (chance(rng_, (1 + swing_ * wave) / (1 + swing_))) return now_;
  }
}

std::uint32_t ObjectSizes::operator()(std::uint64_t object) {
  if (mean_ == 0) return 0;
  if (object >= bytes_.size()) bytes_.resize(std::max<std::size_t>(object + 1, 2 * bytes_.size()));
  std::uint32_t& bytes = bytes_[object];
  if (bytes == 0) bytes = lognormal_length(rng_, mean_, sigma_, 1, 0xfffffffeu);
  return bytes;
}

}  // namespace kvsim
