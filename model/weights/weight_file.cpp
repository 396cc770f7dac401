#include "model/weights/weight_file.hpp"

#include <fmt/format.h>

#include <cassert>
#include <set>
#include <utility>

#include "model/weights/safetensors.hpp"
#include "sim/core/error.hpp"

namespace kvsim {

namespace {

constexpr std::string_view kSingle = "model.safetensors";
constexpr std::string_view kIndex = "model.safetensors.index.json";

std::span<const std::byte> bytes_of(const MappedFile& file) { return std::as_bytes(file.bytes); }

}  // namespace

WeightFile WeightFile::open(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    if (std::filesystem::exists(path / kIndex, error)) return open_shards(path / kIndex);
    if (std::filesystem::exists(path / kSingle, error)) return open(path / kSingle);
    throw InputError(fmt::format("{}: holds neither {} nor {}", path.string(), kSingle, kIndex));
  }
  if (path.filename().string().ends_with(".safetensors.index.json")) return open_shards(path);
  WeightFile file;
  file.mapped_.push_back(map_file(path));
  file.add(bytes_of(file.mapped_.back()), path.string());
  file.index_names();
  return file;
}

WeightFile WeightFile::from_memory(std::span<const std::byte> bytes, const std::string& name) {
  WeightFile file;
  file.add(bytes, name);
  file.index_names();
  return file;
}

WeightFile WeightFile::open_shards(const std::filesystem::path& index) {
  const MappedFile text = map_file(index);
  const auto shard_of =
      read_safetensors_index({text.bytes.data(), text.bytes.size()}, index.string());
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : shard_of) shards.insert(shard);
  WeightFile file;
  for (const std::string& shard : shards) {
    const auto path = index.parent_path() / shard;
    file.mapped_.push_back(map_file(path));
    file.add(bytes_of(file.mapped_.back()), path.string());
    if (file.metadata_) {
      throw InputError(fmt::format("{}: is GGUF where {} names a shard of safetensors",
                                   path.string(), index.string()));
    }
  }
  file.index_names();
  for (const auto& [tensor, shard] : shard_of) {
    const TensorInfo* found = file.find(tensor);
    if (found == nullptr || std::filesystem::path(file.file_name(*found)).filename() != shard) {
      throw InputError(fmt::format("{}: tensor '{}' is not in {}", index.string(), tensor, shard));
    }
  }
  return file;
}

void WeightFile::add(std::span<const std::byte> bytes, const std::string& name) {
  std::vector<TensorInfo> tensors;
  if (is_gguf(bytes)) {
    GgufContent content = read_gguf(bytes, name);
    metadata_ = std::move(content.metadata);
    tensors = std::move(content.tensors);
  } else {
    tensors = read_safetensors(bytes, name);
  }
  for (TensorInfo& tensor : tensors) {
    tensor.file = bytes_.size();
    tensors_.push_back(std::move(tensor));
  }
  bytes_.push_back(bytes);
  names_.push_back(name);
}

void WeightFile::index_names() {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const auto [at, is_new] = by_name_.emplace(tensors_[i].name, i);
    if (!is_new) {
      throw InputError(fmt::format("{}: tensor '{}' is also in {}", file_name(tensors_[i]),
                                   tensors_[i].name, file_name(tensors_[at->second])));
    }
  }
}

const TensorInfo* WeightFile::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &tensors_[found->second];
}

std::span<const std::byte> WeightFile::raw(const TensorInfo& tensor) const {
  return bytes_[tensor.file].subspan(tensor.offset, tensor.bytes);
}

void WeightFile::read_f32(const TensorInfo& tensor, std::span<float> out) const {
  assert(out.size() == tensor.elements());
  read_f32(tensor, 0, out);
}

void WeightFile::read_f32(const TensorInfo& tensor, std::uint64_t first,
                          std::span<float> out) const {
  const ElementLayout& layout = layout_of(tensor.type);
  if (layout.to_f32 == nullptr) {
    throw InputError(fmt::format("{}: tensor '{}' has elements of type {} (read are: {})",
                                 file_name(tensor), tensor.name, layout.name, readable_types()));
  }
  assert(first % layout.block_elements == 0 && out.size() % layout.block_elements == 0);
  assert(first <= tensor.elements() && out.size() <= tensor.elements() - first);
  if (out.empty()) return;
  const std::byte* from = raw(tensor).data() + first / layout.block_elements * layout.block_bytes;
  layout.to_f32(from, out.size() / layout.block_elements, out.data());
}

}  // namespace kvsim
