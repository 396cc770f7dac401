// Expectations and p-values against closed forms, hand-worked cases, and draws at random.
#include "sim/hash/collisions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

#include "sim/core/rng.hpp"

namespace kvsim {
namespace {

TEST(ExpectedCollisions, AreThoseOfHandWorkedCases) {
  // Two keys among two values: they meet with probability 1/2; among 2^64, 2^-64.
  EXPECT_DOUBLE_EQ(expected_collisions(2, 1), 0.5);
  EXPECT_DOUBLE_EQ(expected_collisions(2, 64), std::ldexp(1.0, -64));
  EXPECT_DOUBLE_EQ(expected_collisions(1, 8), 0);
  EXPECT_DOUBLE_EQ(expected_collisions(0, 8), 0);
  // Three keys among four values: 3 - 4 (1 - (3/4)^3).
  EXPECT_DOUBLE_EQ(expected_collisions(3, 2), 3 - 4 * (1 - 27.0 / 64));
  // n (n - 1) / 2 / 2^256, far below what a difference of doubles could say.
  EXPECT_NEAR(expected_collisions(1e9, 256) / (0.5e18 * std::ldexp(1.0, -256)), 1, 1e-8);
}

TEST(ExpectedCollisions, SeriesAndClosedFormAgreeWhereTheyMeet) {
  const double below = expected_collisions(65.5, 16);
  const double above = expected_collisions(65.6, 16);
  EXPECT_GT(above, below);
  EXPECT_NEAR(above / below, (65.6 * 64.6) / (65.5 * 64.5), 1e-3);
}

TEST(Collisions, MeanAndVarianceAreThoseOfDraws) {
  struct Case {
    std::uint64_t n;
    unsigned bits;
  };
  for (const Case c : {Case{50, 5}, Case{300, 10}, Case{2000, 12}, Case{40, 3}}) {
    Rng rng(7);
    double sum = 0;
    double squares = 0;
    constexpr int kDraws = 4000;
    for (int draw = 0; draw < kDraws; ++draw) {
      std::vector<bool> taken(std::size_t{1} << c.bits, false);
      double collisions = 0;
      for (std::uint64_t i = 0; i < c.n; ++i) {
        const auto value = rng.below(std::uint64_t{1} << c.bits);
        if (taken[value]) ++collisions;
        taken[value] = true;
      }
      sum += collisions;
      squares += collisions * collisions;
    }
    const double mean = sum / kDraws;
    const double variance = squares / kDraws - mean * mean;
    const double n = static_cast<double>(c.n);
    const double expected_variance = collision_variance(n, c.bits);
    EXPECT_NEAR(mean, expected_collisions(n, c.bits), 5 * std::sqrt(expected_variance / kDraws));
    EXPECT_NEAR(variance / expected_variance, 1, 0.15) << c.n << " keys, " << c.bits << " bits";
  }
}

TEST(CollisionVariance, IsNearlyTheMeanWhereKeysAreSparse) {
  EXPECT_NEAR(collision_variance(182'790, 32) / expected_collisions(182'790, 32), 1, 1e-3);
  EXPECT_NEAR(collision_variance(1e5, 40) / expected_collisions(1e5, 40), 1, 1e-3);
}

TEST(CollisionPValue, IsExactForFewKeys) {
  // Three keys, four values: 24/64 all differ, 36/64 one pair, 4/64 all alike.
  EXPECT_NEAR(collision_p_value(0, 3, 2), 2 * 24.0 / 64, 1e-12);
  EXPECT_NEAR(collision_p_value(1, 3, 2), 1, 1e-12);
  EXPECT_NEAR(collision_p_value(2, 3, 2), 2 * 4.0 / 64, 1e-12);
}

TEST(CollisionPValue, FlagsTooFewAndTooMany) {
  // 182,790 keys in 2^20 values: about 15,000 collisions, give or take 114.
  const double expected = expected_collisions(182'790, 20);
  const double deviation = std::sqrt(collision_variance(182'790, 20));
  const auto at = [&](double deviations) {
    return collision_p_value(static_cast<std::uint64_t>(expected + deviations * deviation), 182'790,
                             20);
  };
  EXPECT_GT(at(0), 0.95);
  EXPECT_NEAR(at(1), 0.317, 0.02);
  EXPECT_NEAR(at(-2), 0.0455, 0.005);
  EXPECT_LT(at(5), kBeyondChance);
  EXPECT_LT(at(-5), kBeyondChance);
  EXPECT_LT(collision_p_value(0, 182'790, 20), 1e-100);
  EXPECT_DOUBLE_EQ(collision_p_value(0, 182'790, 64), 1);
  EXPECT_LT(collision_p_value(1, 182'790, 64), 1e-6);
}

TEST(CollisionPValue, HoldsWhereNearlyEveryValueIsTaken) {
  // 12,000 keys in 1,024 values: 0.0083 values are left over on average.
  EXPECT_GT(collision_p_value(12'000 - 1024, 12'000, 10), 0.9);
  EXPECT_NEAR(collision_p_value(12'000 - 1023, 12'000, 10), 2 * 0.0083, 0.001);
  EXPECT_EQ(collision_p_value(12'000 - 1025, 12'000, 10), 0);
  EXPECT_GT(collision_p_value(182'790 - 16, 182'790, 4), 0.9);
  EXPECT_GT(collision_p_value(182'790 - 2, 182'790, 1), 0.9);
}

TEST(CollisionPValue, IsAsSmallAsItSaysOnlyAsOften) {
  for (const unsigned bits : {10U, 14U, 20U}) {
    Rng rng(bits);
    constexpr int kDraws = 1000;
    constexpr std::uint64_t kKeys = 2500;
    int small = 0;
    for (int draw = 0; draw < kDraws; ++draw) {
      std::set<std::uint64_t> seen;
      for (std::uint64_t i = 0; i < kKeys; ++i) seen.insert(rng.below(std::uint64_t{1} << bits));
      small += collision_p_value(kKeys - seen.size(), kKeys, bits) < 0.05 ? 1 : 0;
    }
    // 50 expected, deviation 7; discrete counts make it less.
    EXPECT_LT(small, 85) << bits;
    EXPECT_GT(small, bits == 20 ? 0 : 20) << bits;
  }
}

std::vector<std::uint64_t> distinct_keys(std::uint64_t n, unsigned bits, std::uint64_t seed) {
  Rng rng(seed);
  std::set<std::uint64_t> keys;
  while (keys.size() < n) {
    keys.insert(bits == 64 ? rng.next() : rng.below(std::uint64_t{1} << bits));
  }
  return {keys.begin(), keys.end()};
}

BucketTest test_of(std::vector<std::uint64_t> keys, std::uint64_t buckets, unsigned bits) {
  for (std::uint64_t& key : keys) key %= buckets;
  return test_buckets(keys, buckets, bits);
}

TEST(Buckets, RandomKeysPassAtAnyWidth) {
  for (const unsigned bits : {12U, 16U, 24U, 64U}) {
    int small = 0;
    constexpr int kDraws = 300;
    double observed = 0;
    double expected = 0;
    for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
      const BucketTest test = test_of(distinct_keys(1000, bits, draw), 1250, bits);
      small += test.p_value < 0.05 ? 1 : 0;
      observed += static_cast<double>(test.observed);
      expected += test.expected;
    }
    EXPECT_LT(small, 32) << bits;  // 15 expected, deviation 3.8
    EXPECT_NEAR(observed / expected, 1, 0.01) << bits;
  }
}

TEST(Buckets, StructureIsBeyondChance) {
  std::vector<std::uint64_t> sequential(1000);
  std::vector<std::uint64_t> strided(1000);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    sequential[i] = i;
    strided[i] = i * 65'536;
  }
  EXPECT_EQ(test_of(sequential, 1250, 64).observed, 0u);
  EXPECT_LT(test_of(sequential, 1250, 64).p_value, kBeyondChance);
  EXPECT_EQ(test_of(strided, 1024, 64).observed, 999u);
  EXPECT_LT(test_of(strided, 1024, 64).p_value, kBeyondChance);
}

TEST(Buckets, FewKeysInManyBuckets) {
  // Ten keys in a million buckets never meet by chance; one pair that does is rare, not impossible.
  std::vector<std::uint64_t> keys{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  EXPECT_GT(test_of(keys, 1'000'000, 64).p_value, 0.9);
  keys[9] = 1'000'001;
  const BucketTest test = test_of(keys, 1'000'000, 64);
  EXPECT_EQ(test.observed, 1u);
  EXPECT_NEAR(test.p_value, 2 * 45e-6, 1e-6);
}

TEST(Buckets, BitsThatDoNotPlaceAKeyAreLeftOut) {
  // Of keys of 12 bits, the upper 5 place them in 32 of 64 buckets.
  int small = 0;
  double observed = 0;
  double expected = 0;
  constexpr int kDraws = 300;
  for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
    std::vector<std::uint64_t> keys = distinct_keys(60, 12, draw);
    for (std::uint64_t& key : keys) key = (key >> 7) % 64;
    const BucketTest test = test_buckets(keys, 64, 12, 7);
    small += test.p_value < 0.05 ? 1 : 0;
    observed += static_cast<double>(test.observed);
    expected += test.expected;
  }
  EXPECT_LT(small, 32);
  EXPECT_NEAR(observed / expected, 1, 0.02);
}

TEST(Buckets, ExpectationsOfLongKeysAgree) {
  // As keys grow, drawing without replacement comes to be drawing with it, from 36 bits on too.
  std::vector<std::uint64_t> keys(182'790);
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = i % 182'000;
  const double limit = test_buckets(keys, 228'488, 64).expected;
  for (const unsigned bits : {35U, 36U, 37U, 40U, 44U, 48U, 49U, 56U}) {
    EXPECT_NEAR(test_buckets(keys, 228'488, bits).expected, limit, 0.5) << bits;
  }
}

TEST(Buckets, KeysThatCannotMeetAreNoEvidence) {
  std::vector<std::uint64_t> keys{0, 3, 1, 2};
  const BucketTest test = test_of(keys, 10, 2);
  EXPECT_EQ(test.observed, 0u);
  EXPECT_EQ(test.expected, 0);
  EXPECT_EQ(test.p_value, 1);
}

}  // namespace
}  // namespace kvsim
