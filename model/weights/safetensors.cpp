#include "model/weights/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "model/weights/json_file.hpp"
#include "sim/core/error.hpp"

namespace kvsim {

namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kLongestHeader = 100'000'000;
constexpr std::size_t kMostDimensions = 8;

TensorInfo read_entry(const std::string& name, const JsonPlace& entry, std::uint64_t data_begin,
                      std::uint64_t data_bytes) {
  TensorInfo tensor;
  tensor.name = name;
  const JsonPlace type = entry.at("dtype");
  const auto found = safetensors_stored_type(type.text());
  if (!found) type.refuse(readable_types());
  tensor.type = *found;

  const JsonPlace shape = entry.at("shape");
  if (shape.size() > kMostDimensions) {
    shape.fail(
        fmt::format("has {} dimensions (allowed: at most {})", shape.size(), kMostDimensions));
  }
  for (std::size_t i = 0; i < shape.size(); ++i) tensor.shape.push_back(shape.at(i).integer());

  const JsonPlace offsets = entry.at("data_offsets");
  if (offsets.size() != 2) offsets.fail("has not two elements");
  const std::uint64_t begin = offsets.at(std::size_t{0}).integer();
  const std::uint64_t end = offsets.at(std::size_t{1}).integer();
  if (begin > end || end > data_bytes) {
    offsets.fail(
        fmt::format("is {} to {}, and there are {} bytes of data", begin, end, data_bytes));
  }
  const auto elements = element_count(tensor.shape);
  const auto bytes = elements ? stored_bytes(tensor.type, *elements) : std::nullopt;
  if (!bytes || *bytes != end - begin) {
    entry.fail(fmt::format("tensor '{}' ({} {}) has {} bytes, which are not those of its shape",
                           name, layout_of(tensor.type).name, shape_text(tensor.shape),
                           end - begin));
  }
  tensor.offset = data_begin + begin;
  tensor.bytes = *bytes;
  return tensor;
}

}  // namespace

std::vector<TensorInfo> read_safetensors(std::span<const std::byte> bytes,
                                         const std::string& file) {
  std::uint64_t length = 0;
  if (bytes.size() < kLengthBytes) {
    throw InputError(
        fmt::format("{}: is neither GGUF nor safetensors: it has {} bytes", file, bytes.size()));
  }
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > kLongestHeader || length > bytes.size() - kLengthBytes) {
    throw InputError(
        fmt::format("{}: is neither GGUF nor a whole safetensors file: its header would be {} "
                    "bytes of {} (allowed: "
                    "at most {})",
                    file, length, bytes.size(), kLongestHeader));
  }
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
  if (!header.starts_with('{')) {
    throw InputError(
        fmt::format("{}: is neither GGUF nor safetensors: its header is no JSON", file));
  }
  const nlohmann::json json = parse_json(header, file);
  const JsonPlace root(json, file);
  const std::uint64_t data_begin = kLengthBytes + length;
  std::vector<TensorInfo> tensors;
  for (const auto& [name, entry] : json.items()) {
    if (name == "__metadata__") continue;
    tensors.push_back(read_entry(name, root.at(name), data_begin, bytes.size() - data_begin));
  }
  std::stable_sort(tensors.begin(), tensors.end(), [](const TensorInfo& a, const TensorInfo& b) {
    return std::pair(a.offset, a.bytes) < std::pair(b.offset, b.bytes);
  });
  std::uint64_t end = data_begin;
  for (const TensorInfo& tensor : tensors) {
    if (tensor.offset != end) {
      throw InputError(fmt::format(
          "{}: tensor '{}' begins at byte {} of the data, and the one before it ends at {}", file,
          tensor.name, tensor.offset - data_begin, end - data_begin));
    }
    end += tensor.bytes;
  }
  if (end != bytes.size()) {
    throw InputError(fmt::format("{}: has {} bytes of data, and its tensors take {}", file,
                                 bytes.size() - data_begin, end - data_begin));
  }
  return tensors;
}

std::map<std::string, std::string> read_safetensors_index(std::string_view text,
                                                          const std::string& file) {
  const nlohmann::json json = parse_json(text, file);
  const JsonPlace map = JsonPlace(json, file).at("weight_map");
  if (!map.value().is_object()) map.refuse("an object");
  std::map<std::string, std::string> files;
  for (const auto& [tensor, name] : map.value().items()) {
    const JsonPlace place = map.at(tensor);
    const std::string& shard = place.text();
    if (shard.empty() || shard.starts_with('.') ||
        shard.find_first_of("/\\") != std::string::npos || shard.find('\0') != std::string::npos) {
      place.refuse("names of files in the same folder");
    }
    files.emplace(tensor, shard);
  }
  return files;
}

}  // namespace kvsim
