#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "model/weights/stored_type.hpp"
#include "tests/model/weights/file_builder.hpp"

namespace kvsim {
namespace {

using weight_tests::bytes_of;

std::vector<float> read(StoredType type, const std::string& bytes) {
  const ElementLayout& layout = layout_of(type);
  const std::size_t blocks = bytes.size() / layout.block_bytes;
  std::vector<float> values(blocks * layout.block_elements);
  layout.to_f32(bytes_of(bytes).data(), blocks, values.data());
  return values;
}

// The naive twin: one element at a time, by the formats' descriptions, in double precision.

int at(const std::string& block, std::size_t i) { return static_cast<unsigned char>(block[i]); }
int signed_at(const std::string& block, std::size_t i) {
  return static_cast<signed char>(block[i]);
}

double half(const std::string& block, std::size_t i) {
  const int bits = at(block, i) | at(block, i + 1) << 8;
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  double value = 0;
  if (exponent == 31) {
    value = fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                          : std::numeric_limits<double>::infinity();
  } else {
    value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

/// Bits `first` to `first + count` of the block, counted from its byte `from`, low bits first.
int bits(const std::string& block, std::size_t from, std::size_t first, int count) {
  int value = 0;
  for (int b = 0; b < count; ++b) {
    const std::size_t bit = first + static_cast<std::size_t>(b);
    value |= (at(block, from + bit / 8) >> (bit % 8) & 1) << b;
  }
  return value;
}

/// A nibble of the formats of 32: element i is in byte i % 16, low half first.
int nibble(const std::string& block, std::size_t from, std::size_t i) {
  return bits(block, from, i % 16 * 8 + i / 16 * 4, 4);
}

double naive(StoredType type, const std::string& block, std::size_t i) {
  switch (type) {
    case StoredType::kF16:
      return half(block, 0);
    case StoredType::kQ4_0:
      return half(block, 0) * (nibble(block, 2, i) - 8);
    case StoredType::kQ4_1:
      return half(block, 0) * nibble(block, 4, i) + half(block, 2);
    case StoredType::kQ5_0:
      return half(block, 0) * (nibble(block, 6, i) + 16 * bits(block, 2, i, 1) - 16);
    case StoredType::kQ5_1:
      return half(block, 0) * (nibble(block, 8, i) + 16 * bits(block, 4, i, 1)) + half(block, 2);
    case StoredType::kQ8_0:
      return half(block, 0) * signed_at(block, 2 + i);
    case StoredType::kQ4_K:
    case StoredType::kQ5_K: {
      const std::size_t group = i / 32;
      const std::size_t low = type == StoredType::kQ4_K ? 16 : 48;
      int q = bits(block, low + group / 2 * 32 + i % 32, group % 2 * 4, 4);
      if (type == StoredType::kQ5_K) q += 16 * bits(block, 16 + i % 32, group, 1);
      int scale = 0;
      int least = 0;
      if (group < 4) {
        scale = bits(block, 4 + group, 0, 6);
        least = bits(block, 8 + group, 0, 6);
      } else {  // four low bits here, two high ones above those of group − 4
        scale = bits(block, 8 + group, 0, 4) + 16 * bits(block, group, 6, 2);
        least = bits(block, 8 + group, 4, 4) + 16 * bits(block, 4 + group, 6, 2);
      }
      return half(block, 0) * scale * q - half(block, 2) * least;
    }
    case StoredType::kQ6_K: {
      const std::size_t side = i / 128;
      const std::size_t quarter = i % 128 / 32;
      const int low = bits(block, side * 64 + quarter % 2 * 32 + i % 32, quarter / 2 * 4, 4);
      const int high = bits(block, 128 + side * 32 + i % 32, quarter * 2, 2);
      return half(block, 208) * signed_at(block, 192 + i / 16) * (low + 16 * high - 32);
    }
    default:
      ADD_FAILURE() << "no twin";
      return 0;
  }
}

const std::vector<StoredType> kTypes = {StoredType::kF16,  StoredType::kQ4_0, StoredType::kQ4_1,
                                        StoredType::kQ5_0, StoredType::kQ5_1, StoredType::kQ8_0,
                                        StoredType::kQ4_K, StoredType::kQ5_K, StoredType::kQ6_K};

RC_GTEST_PROP(Dequantize, EqualsTheNaiveTwin, ()) {
  const StoredType type = *rc::gen::elementOf(kTypes);
  const ElementLayout& layout = layout_of(type);
  const auto blocks = *rc::gen::inRange<std::size_t>(1, 4);
  const auto raw = *rc::gen::container<std::vector<std::uint8_t>>(
      blocks * layout.block_bytes, rc::gen::arbitrary<std::uint8_t>());
  const std::string bytes(raw.begin(), raw.end());
  const std::vector<float> values = read(type, bytes);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string block =
        bytes.substr(i / layout.block_elements * layout.block_bytes, layout.block_bytes);
    const double expected = naive(type, block, i % layout.block_elements);
    if (std::isnan(expected)) {
      RC_ASSERT(std::isnan(values[i]));
    } else if (std::isinf(expected)) {
      RC_ASSERT(static_cast<double>(values[i]) == expected);
    } else {
      // Scales and numbers have so few bits that most products are exact; a minimum is added with
      // one rounding, and the products of Q6_K, of 25 bits, take one.
      double allowed = 0;
      if (type == StoredType::kQ4_1 || type == StoredType::kQ5_1 || type == StoredType::kQ4_K ||
          type == StoredType::kQ5_K || type == StoredType::kQ6_K) {
        allowed = std::abs(expected) * 0x1p-24;
      }
      RC_ASSERT(std::abs(values[i] - expected) <= allowed);
    }
  }
}

struct Published {
  StoredType type;
  std::vector<float> values;
};

// Elements 0, 1, 17, n−1, n, n + n/2, n + n/2 + 3 and 2n − 1 of two blocks of n elements, whose
// byte i is (73 i + 29) mod 251; computed with numpy by the package gguf 0.19.0, gguf.quants.
TEST(Dequantize, GivesTheValuesOfGgufsPackage) {
  const std::vector<Published> published = {
      {StoredType::kQ4_0,
       {0x1.5658p+13F, 0x0p+0F, 0x1.5658p+13F, -0x1.874p+13F, -0x1.56p-6F, -0x1.008p-4F,
        -0x1.56p-5F, 0x1.56p-5F}},
      {StoredType::kQ4_1,
       {-0x1.c4c8000000000p+14F, -0x1.d168000000000p+13F, -0x1.93e0000000000p+14F,
        -0x1.62f8000000000p+14F, -0x1.03p+3F, -0x1.8c98000000000p+3F, -0x1.e5a0000000000p+1F,
        -0x1.16a8000000000p+3F}},
      {StoredType::kQ5_0,
       {0x1.874p+13F, 0x1.257p+13F, 0x1.874p+11F, 0x1.257p+12F, 0x1.863c000000000p+7F, 0x1.383p+7F,
        -0x1.a040000000000p+4F, -0x1.d448000000000p+6F}},
      {StoredType::kQ5_1,
       {-0x1.d168000000000p+13F, -0x1.94p+9F, -0x1.4a84000000000p+14F, -0x1.321p+14F,
        0x1.3a00000000000p+10F, -0x1.52p+10F, -0x1.99p+13F, -0x1.ec00000000000p+12F}},
      {StoredType::kQ8_0,
       {-0x1.ef2d000000000p+16F, -0x1.874p+13F, -0x1.22618p+17F, -0x1.d6b9000000000p+16F,
        -0x1.47368p+10F, 0x1.683c000000000p+9F, 0x1.5038p+8F, -0x1.3b34800000000p+10F}},
      {StoredType::kQ4_K,
       {0x1.ba8ce00000000p+20F, 0x1.daa5200000000p+20F, 0x1.bf22a00000000p+20F,
        0x1.f223000000000p+19F, 0x1.29e8000000000p+12F, 0x1.3a7f000000000p+12F,
        0x1.3a7f000000000p+12F, 0x1.e69a000000000p+10F}},
      {StoredType::kQ5_K,
       {0x1.e3d0a00000000p+20F, 0x1.f872800000000p+20F, 0x1.e866600000000p+20F,
        0x1.085a000000000p+20F, -0x1.3593c00000000p+1F, -0x1.0b74c00000000p+2F,
        -0x1.0b74c00000000p+2F, -0x1.456de00000000p+1F}},
      {StoredType::kQ6_K,
       {0x1.5714p+17F, 0x1.224c000000000p+18F, 0x1.b29ee00000000p+19F, -0x0p+0F,
        0x1.6b00000000000p+21F, -0x1.3f0b000000000p+24F, -0x1.3f0b000000000p+24F,
        -0x1.18c2000000000p+22F}},
  };
  for (const auto& [type, expected] : published) {
    const ElementLayout& layout = layout_of(type);
    std::string bytes;
    for (unsigned i = 0; i < 2 * layout.block_bytes; ++i) {
      bytes += static_cast<char>((i * 73 + 29) % 251);
    }
    const std::vector<float> values = read(type, bytes);
    const std::size_t n = layout.block_elements;
    const std::vector<std::size_t> places = {0,        1, 17, n - 1, n, n + n / 2, n + n / 2 + 3,
                                             2 * n - 1};
    for (std::size_t i = 0; i < places.size(); ++i) {
      EXPECT_EQ(values[places[i]], expected[i]) << layout.name << ", element " << places[i];
    }
  }
}

TEST(Dequantize, EveryHalf) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    std::string bytes;
    weight_tests::put(bytes, static_cast<std::uint16_t>(bits));
    const float value = read(StoredType::kF16, bytes)[0];
    const double expected = half(bytes, 0);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(value)) << bits;
    } else {
      EXPECT_EQ(static_cast<double>(value), expected) << bits;
      EXPECT_EQ(std::signbit(value), (bits & 0x8000U) != 0) << bits;
    }
  }
}

TEST(Dequantize, Bfloat16IsTheUpperHalfOfFloat32) {
  for (const float value : {0.0F, -1.5F, 3.140625F, 1e30F}) {
    std::string bytes;
    weight_tests::put(bytes,
                      static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U));
    EXPECT_EQ(read(StoredType::kBF16, bytes)[0],
              std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xffff0000U));
  }
}

TEST(StoredType, SizesDoNotOverflow) {
  EXPECT_EQ(stored_bytes(StoredType::kQ4_1, 64), 40U);
  EXPECT_FALSE(stored_bytes(StoredType::kQ4_1, 33));
  EXPECT_FALSE(stored_bytes(StoredType::kF32, std::uint64_t{1} << 62U));
  const std::vector<std::uint64_t> shape = {std::uint64_t{1} << 33U, std::uint64_t{1} << 33U};
  EXPECT_FALSE(element_count(shape));
  EXPECT_EQ(element_count({}), 1U);
}

}  // namespace
}  // namespace kvsim
