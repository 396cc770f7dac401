#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kvsim {

/// How a tensor's elements are stored. The names are the files' own: `Q…` are the block formats of
/// GGUF, in which some elements share a scale.
enum class StoredType : std::uint8_t {
  kF32,
  kF16,
  kBF16,
  // NOLINTBEGIN(readability-identifier-naming): names as the format has them
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  // NOLINTEND(readability-identifier-naming)
  // Known in size, so that a file that holds them opens, but not read as float32.
  kF64,
  kI8,
  kI16,
  kI32,
  kI64,
  kU8,
  kU16,
  kU32,
  kU64,
  kBool,
};

/// What an element type is called, how much it takes, and how it becomes float32.
struct ElementLayout {
  std::string_view name;
  std::uint32_t block_elements;  ///< elements that are stored together
  std::uint32_t block_bytes;     ///< bytes that they take
  /// Writes the float32 values of `blocks` consecutive blocks; null where the type is not read.
  /// Scales multiply in the order of ggml's own dequantize_row_*, so that the values are its, bit
  /// for bit. Bytes need no alignment.
  void (*to_f32)(const std::byte* from, std::size_t blocks, float* to);
};

const ElementLayout& layout_of(StoredType type);

/// Bytes of `elements` stored as `type`; nullopt if they fill no whole blocks or overflow.
std::optional<std::uint64_t> stored_bytes(StoredType type, std::uint64_t elements);

/// The product of a shape's dimensions, 1 for none; nullopt on overflow.
std::optional<std::uint64_t> element_count(std::span<const std::uint64_t> shape);

/// The type with this number in GGUF, or this name in safetensors; nullopt if there is none here.
std::optional<StoredType> gguf_stored_type(std::uint32_t number);
std::optional<StoredType> safetensors_stored_type(std::string_view name);

/// The names of the types that are read as float32, for messages.
std::string readable_types();

/// A shape as text: `[2, 3]`.
std::string shape_text(std::span<const std::uint64_t> shape);

}  // namespace kvsim
