#include "sim/hash/study/avalanche.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "sim/hash/concept.hpp"

namespace kvsim {
namespace {

Avalanche of(const std::string& name, std::size_t key_bytes) {
  return measure_avalanche(*make_hasher(parse_hash(name), 0), hash_traits(name).bits, key_bytes, 7);
}

// Every flip of an input bit flips the same output bit and no other: each pair is certain.
TEST(Avalanche, IdentityIsBiasedInEveryPair) {
  const Avalanche a = of("identity", 8);
  EXPECT_EQ(a.input_bits, 64U);
  EXPECT_EQ(a.output_bits, 64U);
  EXPECT_EQ(a.mean_bias, 1);
  EXPECT_EQ(a.worst_bias, 1);
  EXPECT_FALSE(a.passes());
}

// A linear code: which output bits flip does not depend on the key.
TEST(Avalanche, CrcIsBiasedInEveryPair) {
  const Avalanche a = of("crc32c", 72);
  EXPECT_EQ(a.input_bits, 576U);
  EXPECT_EQ(a.output_bits, 32U);
  EXPECT_NEAR(a.mean_bias, 1, 1e-9);
}

// A product's bit depends on no higher bit of the factor: 2,016 of 4,096 pairs never flip.
TEST(Avalanche, MultiplicationIsBiased) { EXPECT_GT(of("fibonacci", 8).mean_bias, 0.5); }

// The mean of |2p - 1| over coins thrown n times is sqrt(2 / (pi n)).
TEST(Avalanche, GoodFunctionsPass) {
  for (const char* name : {"xxh3_64", "sha256"}) {
    for (const std::size_t bytes : {8U, 72U}) {
      const Avalanche a = of(name, bytes);
      EXPECT_TRUE(a.passes()) << name;
      const auto n = static_cast<double>(a.samples);
      EXPECT_NEAR(a.mean_bias, std::sqrt(2 / (std::numbers::pi * n)), 0.02 / std::sqrt(n)) << name;
    }
  }
}

// Keys of a length that is no multiple of eight, and flips spread over long ones.
TEST(Avalanche, AnyLength) {
  EXPECT_EQ(of("xxh3_64", 3).input_bits, 24U);
  const Avalanche a = of("xxh3_64", 2056);
  EXPECT_EQ(a.input_bits, 576U);
  EXPECT_TRUE(a.passes());
}

}  // namespace
}  // namespace kvsim
