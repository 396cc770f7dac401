#include "sim/table/places.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kvsim {
namespace {

RC_GTEST_PROP(Remainder, IsThatOfDivision, (std::uint64_t x, std::uint64_t divisor)) {
  RC_PRE(divisor != 0);
  const std::uint64_t small = divisor % 100'000 + 1;
  RC_ASSERT(Remainder(divisor)(x) == x % divisor);
  RC_ASSERT(Remainder(small)(x) == x % small);
}

TEST(Remainder, IsExactAtTheEnds) {
  constexpr std::uint64_t kMost = ~std::uint64_t{0};
  for (const std::uint64_t divisor :
       {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{1} << 32,
        (std::uint64_t{1} << 63) - 1, std::uint64_t{1} << 63, kMost - 1, kMost}) {
    for (const std::uint64_t x : {std::uint64_t{0}, divisor - 1, divisor, kMost - 1, kMost}) {
      EXPECT_EQ(Remainder(divisor)(x), x % divisor) << x << " mod " << divisor;
    }
  }
}

TEST(Places, MeetTheLoad) {
  EXPECT_EQ(places_for({800, 0.8}), 1000);
  EXPECT_EQ(places_for({999, 0.9}), 1110);
  EXPECT_EQ(places_for({1000, 1}), 1001);  // one stays empty
  EXPECT_EQ(places_for({0, 0.5}), 1);
}

TEST(Places, OfAPowerOfTwoKeepWithinTheLoad) {
  EXPECT_EQ(power_of_two_places_for({800, 0.8}), 1024);
  EXPECT_EQ(power_of_two_places_for({819, 0.8}), 1024);
  EXPECT_EQ(power_of_two_places_for({821, 0.8}), 2048);
  EXPECT_EQ(power_of_two_places_for({992, 1}), 1024);
  EXPECT_EQ(power_of_two_places_for({993, 1}), 2048);
}

}  // namespace
}  // namespace kvsim
