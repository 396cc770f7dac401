#include "traces/generator/sampling.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "tests/traces/generator/statistics.hpp"
#include "traces/generator/event_queue.hpp"
#include "traces/generator/text.hpp"

namespace kvsim {
namespace {

using testing::ChiSquare;
using testing::ks_fits;
using testing::normal_cdf;
using testing::zipf_probabilities;

struct ZipfCase {
  std::uint64_t n;
  double alpha;
  double shift;
};

class ZipfSamplerTest : public ::testing::TestWithParam<ZipfCase> {};

TEST_P(ZipfSamplerTest, FollowsItsLaw) {
  const auto [n, alpha, shift] = GetParam();
  const ZipfSampler sampler(n, alpha, shift);
  Rng rng(11);
  std::vector<std::uint64_t> counts(n);
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t rank = sampler(rng);
    ASSERT_GE(rank, 1u);
    ASSERT_LE(rank, n);
    ++counts[rank - 1];
  }
  if (n == 1) return;
  const ChiSquare chi(counts, zipf_probabilities(n, alpha, shift));
  EXPECT_TRUE(chi.fits()) << chi.statistic << " with " << chi.degrees << " degrees";
}

INSTANTIATE_TEST_SUITE_P(Laws, ZipfSamplerTest,
                         ::testing::Values(ZipfCase{1, 1, 0}, ZipfCase{2, 0.5, 0},
                                           ZipfCase{10, 0, 0}, ZipfCase{1000, 0.6, 0},
                                           ZipfCase{1000, 0.99, 0}, ZipfCase{1000, 1, 0},
                                           ZipfCase{1000, 1.0000001, 0}, ZipfCase{1000, 1.3, 0},
                                           ZipfCase{50, 3, 0}, ZipfCase{50, 8, 0},
                                           ZipfCase{1000, 1, 2.7}, ZipfCase{1000, 0.8, 20},
                                           ZipfCase{30, 2, 0.5}));

TEST(ZipfSamplerTest, HoldsForABillionRanks) {
  const std::uint64_t n = 1'000'000'000;
  const ZipfSampler sampler(n, 1);
  Rng rng(12);
  std::uint64_t first = 0;
  std::uint64_t upper_half = 0;
  const int draws = 200'000;
  for (int i = 0; i < draws; ++i) {
    const std::uint64_t rank = sampler(rng);
    first += rank == 1 ? 1 : 0;
    upper_half += rank > n / 2 ? 1 : 0;
  }
  const double harmonic = std::log(static_cast<double>(n)) + std::numbers::egamma;
  EXPECT_NEAR(static_cast<double>(first) / draws, 1 / harmonic, 0.002);
  EXPECT_NEAR(static_cast<double>(upper_half) / draws, std::numbers::ln2 / harmonic, 0.002);
}

TEST(AliasTableTest, FollowsItsWeights) {
  const std::vector<double> weights{5, 0, 1, 3, 0.25, 10, 0.75};
  const AliasTable table(weights);
  Rng rng(13);
  std::vector<std::uint64_t> counts(weights.size());
  for (int i = 0; i < 100'000; ++i) ++counts[table(rng)];
  EXPECT_EQ(counts[1], 0u);
  std::vector<double> p;
  std::vector<std::uint64_t> seen;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    p.push_back(weights[i] / 20);
    seen.push_back(counts[i]);
  }
  EXPECT_TRUE(ChiSquare(seen, p).fits());
}

TEST(SamplingTest, ExponentialNormalLognormal) {
  Rng rng(14);
  std::vector<double> e;
  std::vector<double> z;
  std::vector<double> l;
  for (int i = 0; i < 50'000; ++i) {
    e.push_back(exponential(rng, 2.5));
    z.push_back(normal(rng));
    l.push_back(lognormal(rng, 100, 0.8));
  }
  EXPECT_TRUE(ks_fits(e, [](double x) { return -std::expm1(-x / 2.5); }));
  EXPECT_TRUE(ks_fits(z, normal_cdf));
  const double mu = std::log(100.0) - 0.32;
  EXPECT_TRUE(ks_fits(l, [&](double x) { return normal_cdf((std::log(x) - mu) / 0.8); }));
}

TEST(SamplingTest, LengthsStayInRange) {
  Rng rng(15);
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(lognormal_length(rng, 10, 2, 3, 20));
  EXPECT_EQ(*seen.begin(), 3u);
  EXPECT_EQ(*seen.rbegin(), 20u);
}

TEST(SamplingTest, Geometric) {
  Rng rng(16);
  std::vector<std::uint64_t> counts(60);
  for (int i = 0; i < 100'000; ++i) {
    ++counts[std::min<std::uint64_t>(geometric(rng, 4), counts.size()) - 1];
  }
  std::vector<double> p(counts.size());
  for (std::size_t k = 0; k < p.size(); ++k) p[k] = 0.25 * std::pow(0.75, k);
  p.back() = std::pow(0.75, p.size() - 1);
  EXPECT_TRUE(ChiSquare(counts, p).fits());
  EXPECT_EQ(geometric(rng, 1), 1u);
}

TEST(SamplingTest, ShuffleIsUniform) {
  Rng rng(17);
  std::map<std::vector<int>, std::uint64_t> seen;
  for (int i = 0; i < 48'000; ++i) {
    std::vector<int> order{0, 1, 2, 3};
    shuffle(rng, order);
    ++seen[order];
  }
  std::vector<std::uint64_t> counts;
  for (const auto& [order, count] : seen) counts.push_back(count);
  ASSERT_EQ(counts.size(), 24u);
  EXPECT_TRUE(ChiSquare(counts, std::vector<double>(24, 1.0 / 24)).fits());
}

TEST(SamplingTest, PoissonArrivalsCountAsPoisson) {
  PoissonArrivals arrivals(3, 18);
  std::vector<std::uint64_t> in_second(20'000);
  for (double t = arrivals.next(); t < static_cast<double>(in_second.size()); t = arrivals.next()) {
    ++in_second[static_cast<std::size_t>(t)];
  }
  std::vector<std::uint64_t> counts(16);
  for (const std::uint64_t n : in_second) ++counts[std::min<std::uint64_t>(n, 15)];
  std::vector<double> p(16);
  double rest = 1;
  for (std::size_t k = 0; k < 15; ++k) {
    p[k] = std::exp(-3 + static_cast<double>(k) * std::log(3.0) -
                    std::lgamma(static_cast<double>(k + 1)));
    rest -= p[k];
  }
  p[15] = rest;
  EXPECT_TRUE(ChiSquare(counts, p).fits());
}

TEST(SamplingTest, DiurnalArrivalsFollowTheHour) {
  DiurnalArrivals arrivals(0.2, 0.6, 19);
  std::vector<double> hours;
  double last = 0;
  for (double t = arrivals.next(); t < 5 * 86400.0; t = arrivals.next()) {
    EXPECT_GT(t, last);
    last = t;
    hours.push_back(std::fmod(t, 86400) / 86400);
  }
  EXPECT_NEAR(static_cast<double>(hours.size()), 0.2 * 5 * 86400, 4 * std::sqrt(86400.0));
  // The integral of 1 - 0.6 cos(2πx).
  EXPECT_TRUE(ks_fits(hours, [](double x) {
    return x - 0.6 * std::sin(2 * std::numbers::pi * x) / (2 * std::numbers::pi);
  }));
}

TEST(SamplingTest, DerivedSeedsDiffer) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (std::uint64_t stream = 0; stream < 100; ++stream) seeds.insert(derive_seed(seed, stream));
  }
  // Neighbouring seeds and streams shift into each other only where seed and stream are one golden
  // step apart, never for small numbers.
  EXPECT_EQ(seeds.size(), 10'000u);
}

TEST(SamplingTest, ObjectSizesStay) {
  ObjectSizes sizes(1000, 1, 20);
  const std::uint32_t a = sizes(5);
  const std::uint32_t b = sizes(1'000'000);
  EXPECT_GT(a, 0u);
  EXPECT_EQ(sizes(5), a);
  EXPECT_EQ(sizes(1'000'000), b);
  ObjectSizes none(0, 1, 20);
  EXPECT_EQ(none(5), 0u);
}

TEST(EventQueueTest, ByTimeThenByOrder) {
  EventQueue<int> queue;
  queue.push(2, 1);
  queue.push(1, 2);
  queue.push(2, 3);
  queue.push(1, 4);
  std::vector<int> order;
  while (!queue.empty()) order.push_back(queue.pop().second);
  EXPECT_EQ(order, (std::vector<int>{2, 4, 1, 3}));
}

TEST(VocabularyTest, WordsFollowZipfMandelbrot) {
  const Vocabulary vocabulary(500);
  std::vector<std::uint64_t> counts(500);
  for (const Token t : vocabulary.words(21, 0, 100'000)) ++counts[t];
  EXPECT_TRUE(ChiSquare(counts, zipf_probabilities(500, 1, 2.7)).fits());
}

TEST(VocabularyTest, TextDependsOnSeedAndStreamAlone) {
  const Vocabulary vocabulary(500);
  EXPECT_EQ(vocabulary.words(1, 2, 50), vocabulary.words(1, 2, 50));
  EXPECT_NE(vocabulary.words(1, 2, 50), vocabulary.words(1, 3, 50));
  EXPECT_NE(vocabulary.words(1, 2, 50), vocabulary.words(2, 2, 50));
}

}  // namespace
}  // namespace kvsim
