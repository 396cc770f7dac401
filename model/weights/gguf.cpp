#include "model/weights/gguf.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <set>
#include <utility>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

constexpr std::string_view kMagic = "GGUF";
constexpr std::uint64_t kDefaultAlignment = 32;
constexpr std::uint32_t kMostDimensions = 4;
constexpr std::size_t kLongestName = 65535;

// `gguf_type` in gguf.h.
enum Type : std::uint32_t {
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kFloat32,
  kBoolean,
  kString,
  kArray,
  kUint64,
  kInt64,
  kFloat64,
  kTypes
};

constexpr std::array<std::string_view, kTypes> kTypeNames = {
    "uint8",   "int8",   "uint16", "int16",  "uint32", "int32",  "float32",
    "boolean", "string", "array",  "uint64", "int64",  "float64"};
// 0: told by the value itself.
constexpr std::array<std::size_t, kTypes> kTypeBytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

class GgufReader {
 public:
  GgufReader(std::span<const std::byte> bytes, const std::string& file)
      : bytes_(bytes), file_(file) {}

  GgufContent read() {
    read_header();
    GgufContent content;
    content.metadata.file_ = file_;
    for (std::uint64_t i = 0; i < pairs_; ++i) read_pair(i, content.metadata);
    read_tensors(content);
    return content;
  }

 private:
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) const {
    throw InputError(fmt::format("{}: {}", file_, fmt::format(text, std::forward<Args>(args)...)));
  }

  std::span<const std::byte> take(std::uint64_t size, const std::string& what) {
    if (size > bytes_.size() - position_) {
      fail("{} at byte {} takes {} bytes, and the file ends after {}", what, position_, size,
           bytes_.size() - position_);
    }
    const auto taken = bytes_.subspan(position_, size);
    position_ += size;
    return taken;
  }

  template <class T>
  T number(const std::string& what) {
    return load<T>(take(sizeof(T), what).data());
  }

  std::string_view text(const std::string& what) {
    const auto length = number<std::uint64_t>(what);
    return as_text(take(length, what));
  }

  std::string name(const std::string& what) {
    const std::string_view taken = text(what);
    if (taken.empty() || taken.size() > kLongestName) {
      fail("{} is {} bytes long (allowed: 1 to {})", what, taken.size(), kLongestName);
    }
    return std::string(taken);
  }

  void read_header() {
    if (!is_gguf(bytes_)) fail("does not begin with '{}'", kMagic);
    position_ = kMagic.size();
    const auto version = number<std::uint32_t>("the version");
    if (version != 2 && version != 3) {
      fail("is GGUF version {} (allowed: 2 and 3, little-endian)", version);
    }
    tensors_ = number<std::uint64_t>("the number of tensors");
    pairs_ = number<std::uint64_t>("the number of keys");
    // The least that each takes: a length, a byte, a type, a value; and likewise with a shape.
    if (pairs_ > bytes_.size() / 14) fail("says {} keys, which it is too short for", pairs_);
    if (tensors_ > bytes_.size() / 25) fail("says {} tensors, which it is too short for", tensors_);
  }

  void read_pair(std::uint64_t i, GgufMetadata& metadata) {
    const std::string key = name(fmt::format("the name of key {}", i));
    const std::string what = fmt::format("key '{}'", key);
    GgufMetadata::Value value;
    value.type = type(what);
    value.is_array = value.type == kArray;
    if (value.is_array) {
      value.type = type(what);
      if (value.type == kArray) fail("{} is an array of arrays", what);
      value.count = number<std::uint64_t>(what);
    }
    const std::size_t begin = position_;
    if (value.type == kString) {
      for (std::uint64_t n = 0; n < value.count; ++n) text(what);
    } else {
      std::uint64_t size = 0;
      if (__builtin_mul_overflow(value.count, kTypeBytes[value.type], &size)) {
        fail("{} says {} elements, which it is too short for", what, value.count);
      }
      take(size, what);
    }
    value.bytes = bytes_.subspan(begin, position_ - begin);
    if (!metadata.values_.emplace(key, value).second) fail("{} is there twice", what);
  }

  std::uint32_t type(const std::string& what) {
    const auto found = number<std::uint32_t>(what);
    if (found >= kTypes) fail("{} has type {} (allowed: 0 to {})", what, found, kTypes - 1);
    return found;
  }

  void read_tensors(GgufContent& content) {
    std::set<std::string, std::less<>> names;
    content.tensors.reserve(tensors_);
    for (std::uint64_t i = 0; i < tensors_; ++i) {
      content.tensors.push_back(read_tensor(i));
      if (!names.insert(content.tensors.back().name).second) {
        fail("tensor '{}' is there twice", content.tensors.back().name);
      }
    }
    const std::uint64_t alignment =
        content.metadata.integer("general.alignment").value_or(kDefaultAlignment);
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
      fail("key 'general.alignment' is {} (allowed: powers of two)", alignment);
    }
    // The data begin at the next multiple of the alignment.
    const std::uint64_t gap = (alignment - position_ % alignment) % alignment;
    for (TensorInfo& tensor : content.tensors) {
      if (tensor.offset % alignment != 0) {
        fail("tensor '{}' begins at {} of the data, no multiple of the alignment, {}", tensor.name,
             tensor.offset, alignment);
      }
      std::uint64_t end = 0;
      if (__builtin_add_overflow(tensor.offset, position_ + gap, &tensor.offset) ||
          __builtin_add_overflow(tensor.offset, tensor.bytes, &end) || end > bytes_.size()) {
        fail("tensor '{}' ({} {}) takes {} bytes from byte {} on, and the file has {}", tensor.name,
             layout_of(tensor.type).name, shape_text(tensor.shape), tensor.bytes, tensor.offset,
             bytes_.size());
      }
    }
  }

  TensorInfo read_tensor(std::uint64_t i) {
    TensorInfo tensor;
    tensor.name = name(fmt::format("the name of tensor {}", i));
    const std::string what = fmt::format("tensor '{}'", tensor.name);
    const auto dimensions = number<std::uint32_t>(what);
    if (dimensions == 0 || dimensions > kMostDimensions) {
      fail("{} has {} dimensions (allowed: 1 to {})", what, dimensions, kMostDimensions);
    }
    tensor.shape.resize(dimensions);
    for (std::uint32_t d = dimensions; d-- > 0;) {
      tensor.shape[d] = number<std::uint64_t>(what);
    }
    const auto number_of_type = number<std::uint32_t>(what);
    const auto found = gguf_stored_type(number_of_type);
    if (!found) {
      fail("{} has elements of type {} (read are: {})", what, number_of_type, readable_types());
    }
    tensor.type = *found;
    tensor.offset = number<std::uint64_t>(what);
    const auto elements = element_count(tensor.shape);
    const auto bytes = elements ? stored_bytes(tensor.type, *elements) : std::nullopt;
    if (!bytes || *bytes > bytes_.size()) {
      fail("{} ({} {}) has more elements than the file has room for, or no whole blocks of them",
           what, layout_of(tensor.type).name, shape_text(tensor.shape));
    }
    if (tensor.shape.back() % layout_of(tensor.type).block_elements != 0) {
      fail("{} has rows of {} elements, and {} has blocks of {}", what, tensor.shape.back(),
           layout_of(tensor.type).name, layout_of(tensor.type).block_elements);
    }
    tensor.bytes = *bytes;
    return tensor;
  }

  std::span<const std::byte> bytes_;
  const std::string& file_;
  std::size_t position_ = 0;
  std::uint64_t tensors_ = 0;
  std::uint64_t pairs_ = 0;
};

bool is_gguf(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() && as_text(bytes.first(kMagic.size())) == kMagic;
}

GgufContent read_gguf(std::span<const std::byte> bytes, const std::string& file) {
  return GgufReader(bytes, file).read();
}

const GgufMetadata::Value* GgufMetadata::find(std::string_view key, bool is_array) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return nullptr;
  if (found->second.is_array != is_array) {
    wrong_type(key, found->second, is_array ? "an array" : "a single value");
  }
  return &found->second;
}

void GgufMetadata::wrong_type(std::string_view key, const Value& value,
                              std::string_view wanted) const {
  throw InputError(fmt::format("{}: key '{}' is {}{} (allowed: {})", file_, key,
                               value.is_array ? "an array of " : "", kTypeNames[value.type],
                               wanted));
}

std::int64_t GgufMetadata::signed_at(std::string_view key, const Value& value,
                                     const std::byte* at) const {
  switch (value.type) {
    case kUint8:
      return load<std::uint8_t>(at);
    case kInt8:
      return load<std::int8_t>(at);
    case kUint16:
      return load<std::uint16_t>(at);
    case kInt16:
      return load<std::int16_t>(at);
    case kUint32:
      return load<std::uint32_t>(at);
    case kInt32:
      return load<std::int32_t>(at);
    case kInt64:
      return load<std::int64_t>(at);
    case kUint64:
      if (const auto found = load<std::uint64_t>(at); found >> 63U == 0) {
        return static_cast<std::int64_t>(found);
      }
      [[fallthrough]];
    default:
      wrong_type(key, value, "integers below 2^63");
  }
}

std::optional<std::uint64_t> GgufMetadata::integer(std::string_view key) const {
  const Value* value = find(key, false);
  if (value == nullptr) return std::nullopt;
  const std::int64_t found = signed_at(key, *value, value->bytes.data());
  if (found < 0) {
    throw InputError(fmt::format("{}: key '{}' is {} (allowed: 0 and above)", file_, key, found));
  }
  return static_cast<std::uint64_t>(found);
}

std::optional<double> GgufMetadata::number(std::string_view key) const {
  const Value* value = find(key, false);
  if (value == nullptr) return std::nullopt;
  if (value->type == kFloat32) return load<float>(value->bytes.data());
  if (value->type == kFloat64) return load<double>(value->bytes.data());
  return static_cast<double>(signed_at(key, *value, value->bytes.data()));
}

std::optional<bool> GgufMetadata::boolean(std::string_view key) const {
  const Value* value = find(key, false);
  if (value == nullptr) return std::nullopt;
  if (value->type != kBoolean) wrong_type(key, *value, "boolean");
  return value->bytes[0] != std::byte{0};
}

std::optional<std::string_view> GgufMetadata::text(std::string_view key) const {
  const Value* value = find(key, false);
  if (value == nullptr) return std::nullopt;
  if (value->type != kString) wrong_type(key, *value, "string");
  return as_text(value->bytes.subspan(sizeof(std::uint64_t)));
}

std::optional<std::vector<std::string_view>> GgufMetadata::texts(std::string_view key) const {
  const Value* value = find(key, true);
  if (value == nullptr) return std::nullopt;
  if (value->type != kString) wrong_type(key, *value, "an array of string");
  std::vector<std::string_view> found;
  found.reserve(value->count);
  auto rest = value->bytes;
  for (std::uint64_t i = 0; i < value->count; ++i) {
    const auto length = load<std::uint64_t>(rest.data());
    found.push_back(as_text(rest.subspan(sizeof length, length)));
    rest = rest.subspan(sizeof length + length);
  }
  return found;
}

std::optional<std::vector<std::int64_t>> GgufMetadata::integers(std::string_view key) const {
  const Value* value = find(key, true);
  if (value == nullptr) return std::nullopt;
  std::vector<std::int64_t> found;
  if (value->type == kString) wrong_type(key, *value, "an array of integers");
  found.reserve(value->count);
  for (std::uint64_t i = 0; i < value->count; ++i) {
    found.push_back(signed_at(key, *value, value->bytes.data() + i * kTypeBytes[value->type]));
  }
  return found;
}

}  // namespace kvsim
