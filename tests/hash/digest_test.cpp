#include "sim/hash/digest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace kvsim {
namespace {

using Words = std::array<std::uint64_t, 4>;

bool bit_of(const Digest& digest, unsigned i) {
  return (digest.words[i / 64] >> (i % 64)) % 2 == 1;
}

RC_GTEST_PROP(Truncated, KeepsTheLowBitsAndNoOther, (Words words)) {
  const Digest digest{words};
  const unsigned bits = *rc::gen::inRange(1U, 257U);
  const Digest cut = truncated(digest, bits);
  for (unsigned i = 0; i < 256; ++i) {
    RC_ASSERT(bit_of(cut, i) == (i < bits && bit_of(digest, i)));
  }
}

RC_GTEST_PROP(Truncated, TwiceIsOnceToTheFewer, (Words words)) {
  const unsigned a = *rc::gen::inRange(1U, 257U);
  const unsigned b = *rc::gen::inRange(1U, 257U);
  RC_ASSERT(truncated(truncated({words}, a), b) == truncated({words}, std::min(a, b)));
}

TEST(Truncated, KeepsTheLowBitsOfTheFirstEightBytes) {
  const unsigned char bytes[] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa};
  const Digest digest = digest_from(bytes, sizeof bytes);
  EXPECT_EQ(truncated(digest, 16), (Digest{{0x2211}}));
  EXPECT_EQ(truncated(digest, 20), (Digest{{0x32211}}));
  EXPECT_EQ(truncated(digest, 64), (Digest{{0x8877665544332211}}));
  EXPECT_EQ(truncated(digest, 72), (Digest{{0x8877665544332211, 0x99}}));
  EXPECT_EQ(truncated(digest, 256), digest);
}

TEST(Widened, IsTheSameNumber) {
  EXPECT_EQ(widened(Digest64{5}), (Digest{{5}}));
  EXPECT_EQ(widened(Digest128{{5, 6}}), (Digest{{5, 6}}));
  EXPECT_EQ(widened(Digest256{{5, 6, 7, 8}}), (Digest{{5, 6, 7, 8}}));
}

TEST(DigestBytes, AreThoseThatHoldTheBits) {
  EXPECT_EQ(digest_bytes(1), 8);
  EXPECT_EQ(digest_bytes(64), 8);
  EXPECT_EQ(digest_bytes(65), 16);
  EXPECT_EQ(digest_bytes(128), 16);
  EXPECT_EQ(digest_bytes(129), 32);
  EXPECT_EQ(digest_bytes(256), 32);
}

}  // namespace
}  // namespace kvsim
