#pragma once
// What chance would do: collisions of n keys under an ideal hash, and how far from it an observed
// count lies.

#include <cstdint>
#include <span>

namespace kvsim {

/// Two-sided p-values below this are flagged as beyond chance.
inline constexpr double kBeyondChance = 0.001;

/// n - m (1 - (1 - 1/m)^n) with m = 2^bits: how many of n keys find their value taken, on average.
double expected_collisions(double n, unsigned bits);
/// The variance of that count.
double collision_variance(double n, unsigned bits);
/// Two-sided p-value of an observed count under an ideal hash: twice the smaller tail, at most 1.
/// Exact for few keys, else by the Poisson distribution where few collisions are expected, else by
/// the normal one with the count's own variance.
double collision_p_value(std::uint64_t observed, std::uint64_t n, unsigned bits);

/// How distinct keys fill buckets.
struct BucketTest {
  std::uint64_t observed = 0;  ///< keys that found their first bucket taken
  double expected = 0;         ///< the same where distinct keys are drawn at random
  double p_value = 1;          ///< of the chi-square statistic of the buckets' loads, two-sided
};

/// `bucket_of_key` holds the bucket, below `buckets`, of each of the distinct keys, which are cut
/// to `bits` and placed by their remainder, so that of a key's 2^bits values each bucket has as
/// many, or one more (where the low `spare_bits` of a key do not place it, of what is left of it).
/// Draws are without replacement, which matters where keys are short: chi-square is corrected for
/// it. Where few pairs of keys are expected to meet, their number, of which chi-square is a linear
/// function, is tested by the Poisson distribution.
BucketTest test_buckets(std::span<const std::uint64_t> bucket_of_key, std::uint64_t buckets,
                        unsigned bits, unsigned spare_bits = 0);

}  // namespace kvsim
