#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/weights/tensor_info.hpp"

namespace kvsim {

/// The key-value pairs in front of a GGUF file's tensors: the model's shape and its tokenizer.
/// Texts refer to the file's bytes. Each function returns nullopt where the key is absent, and
/// throws InputError naming file and key where its value is of another kind.
class GgufMetadata {
 public:
  std::optional<std::uint64_t> integer(std::string_view key) const;  ///< none below zero
  std::optional<double> number(std::string_view key) const;          ///< integers, too
  std::optional<bool> boolean(std::string_view key) const;
  std::optional<std::string_view> text(std::string_view key) const;
  std::optional<std::vector<std::string_view>> texts(std::string_view key) const;
  std::optional<std::vector<std::int64_t>> integers(std::string_view key) const;

  const std::string& file() const { return file_; }

 private:
  friend class GgufReader;

  /// A value where it lies. An array's type is its elements'; its count and length are in front.
  struct Value {
    std::uint32_t type = 0;
    bool is_array = false;
    std::uint64_t count = 1;
    std::span<const std::byte> bytes;
  };

  const Value* find(std::string_view key, bool is_array) const;
  [[noreturn]] void wrong_type(std::string_view key, const Value& value,
                               std::string_view wanted) const;
  std::int64_t signed_at(std::string_view key, const Value& value, const std::byte* at) const;

  std::string file_;
  std::map<std::string, Value, std::less<>> values_;
};

/// What a GGUF file holds, its tensors in the file's order.
struct GgufContent {
  GgufMetadata metadata;
  std::vector<TensorInfo> tensors;
};

/// Reads a GGUF file's directory (versions 2 and 3, little-endian). Every count, length and offset
/// is checked against the bytes that there are: whatever comes out can be read without looking
/// further. Throws InputError naming `file`, the key or tensor, what was found, and what is
/// allowed.
///
/// Source: the GGUF specification, docs/gguf.md of ggml.
GgufContent read_gguf(std::span<const std::byte> bytes, const std::string& file);

bool is_gguf(std::span<const std::byte> bytes);

}  // namespace kvsim
