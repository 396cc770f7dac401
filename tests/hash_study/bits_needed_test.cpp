#include "sim/hash/study/bits_needed.hpp"

#include <gtest/gtest.h>

namespace kvsim {
namespace {

TEST(BitsNeeded, OneInSoManyPairs) {
  // 10^9 look-ups a year against 10^7 blocks: 10^16 chances. Over 2^64 = 1.8447e19 that is
  // 5.421e-4, over 2^48 = 2.8147e14 it is 35.53.
  const double per_second = 1e9 / kSecondsOfYear;
  EXPECT_NEAR(false_hits_per_year(per_second, 1e7, 64), 5.421e-4, 1e-7);
  EXPECT_NEAR(false_hits_per_year(per_second, 1e7, 48), 35.53, 0.01);
}

TEST(BitsNeeded, FewestThatSuffice) {
  // One look-up a second in a year of 31,557,600 s against one block: 2^24 = 16,777,216 is less and
  // 2^25 more than that, so one false hit a year takes 25 bits, and two take 24.
  EXPECT_EQ(bits_needed(1, 1, 1), 25U);
  EXPECT_EQ(bits_needed(1, 1, 2), 24U);
  // 1,024 times the blocks and a 1,024th of the false hits: twenty bits more.
  EXPECT_EQ(bits_needed(1, 1024, 1.0 / 1024), 45U);
  // 2^16 chances a year, exactly one of which may fail.
  EXPECT_EQ(bits_needed(1 / kSecondsOfYear, 65'536, 1), 16U);
  EXPECT_EQ(bits_needed(0, 1e6, 1e-9), 1U);
}

}  // namespace
}  // namespace kvsim
