#pragma once
// Pools and tokens of random content in host memory.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "model/cuda/kv_blocks.hpp"
#include "sim/core/rng.hpp"

namespace kvsim::kernels {

inline constexpr Element kElements[] = {Element::kFloat32, Element::kFloat16, Element::kBfloat16,
                                        Element::kInt8};

/// By Box and Muller.
inline float normal(Rng& rng) {
  const double radius = std::sqrt(-2 * std::log(1 - rng.uniform()));
  return static_cast<float>(radius * std::cos(2 * std::numbers::pi * rng.uniform()));
}

/// `rows` rows of random elements, and their scales; some rows of floats are zero. operator new
/// aligns to 16 bytes.
struct Content {
  std::vector<unsigned char> data;
  std::vector<float> scale;

  Content(Element element, std::int64_t rows, std::int64_t head_dim, Rng& rng)
      : data(static_cast<std::size_t>(rows * head_dim) * bytes_of(element)) {
    if (element == Element::kInt8) {
      for (std::int64_t r = 0; r < rows; ++r) {
        scale.push_back(static_cast<float>(rng.uniform() / 50));
      }
    }
    for (std::int64_t i = 0; i < rows * head_dim; ++i) {
      if (element == Element::kInt8) {
        data[static_cast<std::size_t>(i)] = Int8::bits(static_cast<float>(rng.below(255)) - 127);
      } else {
        store_float(element, data.data(), i, i / head_dim % 7 == 3 ? 0 : normal(rng));
      }
    }
  }

  /// Element `at` of row `row`, as the double that it stands for.
  double value(Element element, std::int64_t row, std::int64_t at, std::int64_t head_dim) const {
    const std::int64_t i = row * head_dim + at;
    if (element == Element::kInt8) {
      const auto stored = static_cast<std::int8_t>(data[static_cast<std::size_t>(i)]);
      return static_cast<double>(stored) * double{scale[static_cast<std::size_t>(row)]};
    }
    if (element == Element::kFloat32) {
      float x = 0;
      std::memcpy(&x, data.data() + 4 * i, sizeof x);
      return x;
    }
    std::uint16_t bits = 0;
    std::memcpy(&bits, data.data() + 2 * i, sizeof bits);
    const int sign = (bits & 0x8000) != 0 ? -1 : 1;
    const int fraction_bits = element == Element::kFloat16 ? 10 : 7;
    const int bias = element == Element::kFloat16 ? 15 : 127;
    const int fraction = bits & ((1 << fraction_bits) - 1);
    const int exponent = (bits & 0x7fff) >> fraction_bits;
    const double significand = fraction + (exponent > 0 ? std::ldexp(1, fraction_bits) : 0);
    return sign * std::ldexp(significand, std::max(exponent, 1) - bias - fraction_bits);
  }
};

inline float* scale_or_null(std::vector<float>& scale) {
  return scale.empty() ? nullptr : scale.data();
}

/// A view of content as a pool of that many blocks.
inline Pool pool_of(Element element, Content& content, std::int64_t blocks, std::int64_t kv_heads,
                    std::int64_t block_size, std::int64_t head_dim) {
  return {element, content.data.data(), scale_or_null(content.scale), blocks, kv_heads, block_size,
          head_dim};
}

}  // namespace kvsim::kernels
