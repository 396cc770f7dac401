#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/weights/gguf.hpp"
#include "model/weights/tensor_info.hpp"
#include "sim/core/mapped_file.hpp"

namespace kvsim {

/// The named tensors of a GGUF file, a safetensors file, or a folder of safetensors shards, mapped
/// into memory. Opening checks that every tensor lies within its file; reading copies and converts.
/// Reading is safe from several threads.
class WeightFile {
 public:
  /// Opens a GGUF or safetensors file (told by content), a `….safetensors.index.json`, or a folder
  /// with a model.safetensors or such an index. Throws InputError naming file and tensor.
  static WeightFile open(const std::filesystem::path& path);
  /// The same over a GGUF or safetensors file's bytes, which outlive it; `name` stands for the
  /// file.
  static WeightFile from_memory(std::span<const std::byte> bytes, const std::string& name);

  std::span<const TensorInfo> tensors() const { return tensors_; }
  /// The tensor of this name, or null.
  const TensorInfo* find(std::string_view name) const;

  /// The tensor's bytes as stored.
  std::span<const std::byte> raw(const TensorInfo& tensor) const;

  /// All elements as float32, in row-major order; `out` has as many. Throws InputError where the
  /// element type is not one of readable_types().
  void read_f32(const TensorInfo& tensor, std::span<float> out) const;
  /// Elements from `first` on; both ends are a multiple of the type's block.
  void read_f32(const TensorInfo& tensor, std::uint64_t first, std::span<float> out) const;

  /// A GGUF file's key-value pairs; null for safetensors.
  const GgufMetadata* metadata() const { return metadata_ ? &*metadata_ : nullptr; }

  /// The name of the file that holds a tensor.
  const std::string& file_name(const TensorInfo& tensor) const { return names_[tensor.file]; }
  /// The files, as named in messages.
  std::span<const std::string> files() const { return names_; }

 private:
  WeightFile() = default;
  static WeightFile open_shards(const std::filesystem::path& index);
  void add(std::span<const std::byte> bytes, const std::string& name);
  void index_names();

  std::vector<std::span<const std::byte>> bytes_;  ///< a file each
  std::vector<std::string> names_;
  std::vector<MappedFile> mapped_;
  std::vector<TensorInfo> tensors_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  std::optional<GgufMetadata> metadata_;
};

}  // namespace kvsim
