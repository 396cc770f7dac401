#include "model/weights/stored_type.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace kvsim {

namespace {

static_assert(std::endian::native == std::endian::little, "weights are stored little-endian");

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// IEEE half to single precision, without branches so that loops over it vectorise: the exponent is
/// rebased by a multiplication, which also makes normal numbers of subnormal ones.
float f16_to_f32(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000U) << 16U;
  const std::uint32_t magnitude = (half & 0x7fffU) << 13U;
  const float rebased = std::bit_cast<float>(magnitude) * 0x1p112F;
  const std::uint32_t special = magnitude >= 0x0f800000U ? 0x7f800000U : 0U;  // infinity, NaN
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(rebased) | special | sign);
}

float half_at(const std::byte* from) { return f16_to_f32(load<std::uint16_t>(from)); }

std::uint32_t byte_at(const std::byte* from, std::size_t i) {
  return std::to_integer<std::uint32_t>(from[i]);
}

float as_float(std::uint32_t value) { return static_cast<float>(static_cast<int>(value)); }
float less(std::uint32_t value, int offset) {
  return static_cast<float>(static_cast<int>(value) - offset);
}

void f32(const std::byte* from, std::size_t n, float* to) { std::memcpy(to, from, n * sizeof *to); }

void f16(const std::byte* from, std::size_t n, float* to) {
  for (std::size_t i = 0; i < n; ++i) to[i] = half_at(from + 2 * i);
}

void bf16(const std::byte* from, std::size_t n, float* to) {
  for (std::size_t i = 0; i < n; ++i) {
    to[i] = std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(from + 2 * i)} << 16U);
  }
}

// The formats of 32 elements a block: low nibbles are the first sixteen, high ones the rest.

void q4_0(const std::byte* from, std::size_t blocks, float* to) {
  for (; blocks > 0; --blocks, from += 18, to += 32) {
    const float scale = half_at(from);
    for (std::size_t i = 0; i < 16; ++i) {
      const std::uint32_t pair = byte_at(from + 2, i);
      to[i] = less(pair & 15U, 8) * scale;
      to[i + 16] = less(pair >> 4U, 8) * scale;
    }
  }
}

void q4_1(const std::byte* from, std::size_t blocks, float* to) {
  for (; blocks > 0; --blocks, from += 20, to += 32) {
    const float scale = half_at(from);
    const float least = half_at(from + 2);
    for (std::size_t i = 0; i < 16; ++i) {
      const std::uint32_t pair = byte_at(from + 4, i);
      to[i] = as_float(pair & 15U) * scale + least;
      to[i + 16] = as_float(pair >> 4U) * scale + least;
    }
  }
}

void q5_0(const std::byte* from, std::size_t blocks, float* to) {
  for (; blocks > 0; --blocks, from += 22, to += 32) {
    const float scale = half_at(from);
    const auto high = load<std::uint32_t>(from + 2);
    for (std::uint32_t i = 0; i < 16; ++i) {
      const std::uint32_t pair = byte_at(from + 6, i);
      to[i] = less((pair & 15U) | (high >> i << 4U & 16U), 16) * scale;
      to[i + 16] = less((pair >> 4U) | (high >> (i + 12U) & 16U), 16) * scale;
    }
  }
}

void q5_1(const std::byte* from, std::size_t blocks, float* to) {
  for (; blocks > 0; --blocks, from += 24, to += 32) {
    const float scale = half_at(from);
    const float least = half_at(from + 2);
    const auto high = load<std::uint32_t>(from + 4);
    for (std::uint32_t i = 0; i < 16; ++i) {
      const std::uint32_t pair = byte_at(from + 8, i);
      to[i] = as_float((pair & 15U) | (high >> i << 4U & 16U)) * scale + least;
      to[i + 16] = as_float((pair >> 4U) | (high >> (i + 12U) & 16U)) * scale + least;
    }
  }
}

void q8_0(const std::byte* from, std::size_t blocks, float* to) {
  for (; blocks > 0; --blocks, from += 34, to += 32) {
    const float scale = half_at(from);
    for (std::size_t i = 0; i < 32; ++i) {
      to[i] = static_cast<float>(load<std::int8_t>(from + 2 + i)) * scale;
    }
  }
}

// The formats of 256 elements a block, in eight groups of 32 (Q4_K, Q5_K) with six-bit scales and
// minima of their own, or sixteen groups of 16 (Q6_K) with eight-bit scales.

/// The scale and minimum of group `i` in the twelve bytes that hold eight of each.
std::pair<std::uint32_t, std::uint32_t> scale_and_least(const std::byte* packed, std::size_t i) {
  if (i < 4) return {byte_at(packed, i) & 63U, byte_at(packed, i + 4) & 63U};
  const std::uint32_t low = byte_at(packed, i + 4);
  return {(low & 15U) | byte_at(packed, i - 4) >> 6U << 4U,
          low >> 4U | byte_at(packed, i) >> 6U << 4U};
}

/// Q4_K, and Q5_K where `high` holds each element's fifth bit: bit g of byte i is that of element i
/// of group g.
void k_block(const std::byte* from, const std::byte* high, const std::byte* low, float* to) {
  const float scale = half_at(from);
  const float least = half_at(from + 2);
  for (std::uint32_t group = 0; group < 8; ++group, to += 32) {
    const auto [s, m] = scale_and_least(from + 4, group);
    const float group_scale = scale * as_float(s);
    const float group_least = least * as_float(m);
    const std::uint32_t shift = group % 2 * 4;
    const std::byte* nibbles = low + group / 2 * 32;
    for (std::size_t i = 0; i < 32; ++i) {
      std::uint32_t q = byte_at(nibbles, i) >> shift & 15U;
      if (high != nullptr) q |= (byte_at(high, i) >> group & 1U) << 4U;
      to[i] = group_scale * as_float(q) - group_least;
    }
  }
}

void q4_k(const std::byte* from, std::size_t blocks, float* to) {
  for (; blocks > 0; --blocks, from += 144, to += 256) k_block(from, nullptr, from + 16, to);
}

void q5_k(const std::byte* from, std::size_t blocks, float* to) {
  for (; blocks > 0; --blocks, from += 176, to += 256) k_block(from, from + 16, from + 48, to);
}

void q6_k(const std::byte* from, std::size_t blocks, float* to) {
  for (; blocks > 0; --blocks, from += 210, to += 256) {
    const float scale = half_at(from + 208);
    for (std::uint32_t group = 0; group < 8; ++group) {
      // Four groups of 32 share 64 bytes of low nibbles and 32 of high pairs of bits.
      const std::uint32_t quarter = group % 4;
      const std::byte* low = from + group / 4 * 64 + quarter % 2 * 32;
      const std::byte* high = from + 128 + group / 4 * 32;
      for (std::size_t i = 0; i < 32; ++i) {
        const std::uint32_t nibble = byte_at(low, i) >> (quarter / 2 * 4) & 15U;
        const std::uint32_t pair = byte_at(high, i) >> (quarter * 2) & 3U;
        const auto group_scale = load<std::int8_t>(from + 192 + group * 2 + i / 16);
        to[group * 32 + i] =
            scale * static_cast<float>(group_scale) * less(nibble | pair << 4U, 32);
      }
    }
  }
}

struct Row {
  StoredType type;
  ElementLayout layout;
  int gguf;                      ///< its number there, -1 if it has none
  std::string_view safetensors;  ///< its name there, empty if it has none
};

// Numbers: `ggml_type` in ggml.h. Sizes: the block structures in ggml-common.h (llama.cpp).
constexpr auto kRows = std::to_array<Row>({
    {StoredType::kF32, {"F32", 1, 4, f32}, 0, "F32"},
    {StoredType::kF16, {"F16", 1, 2, f16}, 1, "F16"},
    {StoredType::kBF16, {"BF16", 1, 2, bf16}, 30, "BF16"},
    {StoredType::kQ4_0, {"Q4_0", 32, 18, q4_0}, 2, ""},
    {StoredType::kQ4_1, {"Q4_1", 32, 20, q4_1}, 3, ""},
    {StoredType::kQ5_0, {"Q5_0", 32, 22, q5_0}, 6, ""},
    {StoredType::kQ5_1, {"Q5_1", 32, 24, q5_1}, 7, ""},
    {StoredType::kQ8_0, {"Q8_0", 32, 34, q8_0}, 8, ""},
    {StoredType::kQ4_K, {"Q4_K", 256, 144, q4_k}, 12, ""},
    {StoredType::kQ5_K, {"Q5_K", 256, 176, q5_k}, 13, ""},
    {StoredType::kQ6_K, {"Q6_K", 256, 210, q6_k}, 14, ""},
    {StoredType::kF64, {"F64", 1, 8, nullptr}, 28, "F64"},
    {StoredType::kI8, {"I8", 1, 1, nullptr}, 24, "I8"},
    {StoredType::kI16, {"I16", 1, 2, nullptr}, 25, "I16"},
    {StoredType::kI32, {"I32", 1, 4, nullptr}, 26, "I32"},
    {StoredType::kI64, {"I64", 1, 8, nullptr}, 27, "I64"},
    {StoredType::kU8, {"U8", 1, 1, nullptr}, -1, "U8"},
    {StoredType::kU16, {"U16", 1, 2, nullptr}, -1, "U16"},
    {StoredType::kU32, {"U32", 1, 4, nullptr}, -1, "U32"},
    {StoredType::kU64, {"U64", 1, 8, nullptr}, -1, "U64"},
    {StoredType::kBool, {"BOOL", 1, 1, nullptr}, -1, "BOOL"},
});

static_assert([] {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].type) != i) return false;
  }
  return true;
}());

}  // namespace

const ElementLayout& layout_of(StoredType type) {
  return kRows[static_cast<std::size_t>(type)].layout;
}

std::optional<std::uint64_t> stored_bytes(StoredType type, std::uint64_t elements) {
  const ElementLayout& layout = layout_of(type);
  std::uint64_t bytes = 0;
  if (elements % layout.block_elements != 0 ||
      __builtin_mul_overflow(elements / layout.block_elements, layout.block_bytes, &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

std::optional<std::uint64_t> element_count(std::span<const std::uint64_t> shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t dimension : shape) {
    if (__builtin_mul_overflow(count, dimension, &count)) return std::nullopt;
  }
  return count;
}

std::optional<StoredType> gguf_stored_type(std::uint32_t number) {
  for (const Row& row : kRows) {
    if (row.gguf >= 0 && static_cast<std::uint32_t>(row.gguf) == number) return row.type;
  }
  return std::nullopt;
}

std::optional<StoredType> safetensors_stored_type(std::string_view name) {
  for (const Row& row : kRows) {
    if (!row.safetensors.empty() && row.safetensors == name) return row.type;
  }
  return std::nullopt;
}

std::string readable_types() {
  std::vector<std::string_view> names;
  for (const Row& row : kRows) {
    if (row.layout.to_f32 != nullptr) names.push_back(row.layout.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string shape_text(std::span<const std::uint64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace kvsim
