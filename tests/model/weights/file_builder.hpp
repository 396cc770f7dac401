#pragma once
// Makes the bytes of weight files for tests, by the formats' specifications and not from the
// readers.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"

namespace kvsim::weight_tests {

template <class T>
void put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

inline std::string floats(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

/// A GGUF file, piece by piece.
class GgufBuilder {
 public:
  explicit GgufBuilder(std::uint32_t version = 3) : version_(version) {}

  GgufBuilder& text(std::string_view key, std::string_view value) {
    begin(key, 8);
    put_text(value);
    return *this;
  }
  GgufBuilder& u32(std::string_view key, std::uint32_t value) { return scalar(key, 4, value); }
  GgufBuilder& f32(std::string_view key, float value) { return scalar(key, 6, value); }
  GgufBuilder& boolean(std::string_view key, bool value) {
    return scalar(key, 7, static_cast<std::uint8_t>(value));
  }
  template <class T>
  GgufBuilder& scalar(std::string_view key, std::uint32_t type, T value) {
    begin(key, type);
    put(pairs_, value);
    return *this;
  }
  GgufBuilder& texts(std::string_view key, std::span<const std::string> values) {
    begin(key, 9);
    put(pairs_, std::uint32_t{8});
    put(pairs_, std::uint64_t{values.size()});
    for (const std::string& value : values) put_text(value);
    return *this;
  }
  GgufBuilder& integers(std::string_view key, std::span<const std::int32_t> values) {
    begin(key, 9);
    put(pairs_, std::uint32_t{5});
    put(pairs_, std::uint64_t{values.size()});
    for (const std::int32_t value : values) put(pairs_, value);
    return *this;
  }
  /// `shape` is row-major, outermost first, as kvsim has it.
  GgufBuilder& tensor(std::string_view name, std::vector<std::uint64_t> shape, std::uint32_t type,
                      std::string data) {
    tensors_.push_back({std::string(name), std::move(shape), type, std::move(data)});
    return *this;
  }
  GgufBuilder& tensor(std::string_view name, std::vector<std::uint64_t> shape,
                      std::span<const float> values) {
    return tensor(name, std::move(shape), 0, floats(values));
  }

  std::string build(std::uint64_t alignment = 32) const {
    std::string bytes = "GGUF";
    put(bytes, version_);
    put(bytes, std::uint64_t{tensors_.size()});
    put(bytes, count_);
    bytes += pairs_;
    std::string data;
    for (const Tensor& tensor : tensors_) {
      data.resize((data.size() + alignment - 1) / alignment * alignment);
      put(bytes, std::uint64_t{tensor.name.size()});
      bytes += tensor.name;
      put(bytes, static_cast<std::uint32_t>(tensor.shape.size()));
      for (auto d = tensor.shape.rbegin(); d != tensor.shape.rend(); ++d) put(bytes, *d);
      put(bytes, tensor.type);
      put(bytes, std::uint64_t{data.size()});
      data += tensor.data;
    }
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
    return bytes + data;
  }

 private:
  struct Tensor {
    std::string name;
    std::vector<std::uint64_t> shape;
    std::uint32_t type;
    std::string data;
  };

  void put_text(std::string_view text) {
    put(pairs_, std::uint64_t{text.size()});
    pairs_ += text;
  }
  void begin(std::string_view key, std::uint32_t type) {
    put_text(key);
    put(pairs_, type);
    ++count_;
  }

  std::uint32_t version_;
  std::uint64_t count_ = 0;
  std::string pairs_;
  std::vector<Tensor> tensors_;
};

/// A safetensors file, piece by piece.
class SafetensorsBuilder {
 public:
  SafetensorsBuilder& tensor(const std::string& name, std::vector<std::uint64_t> shape,
                             const std::string& type, const std::string& data) {
    header_[name] = {{"dtype", type},
                     {"shape", std::move(shape)},
                     {"data_offsets", {data_.size(), data_.size() + data.size()}}};
    data_ += data;
    return *this;
  }
  SafetensorsBuilder& tensor(const std::string& name, std::vector<std::uint64_t> shape,
                             std::span<const float> values) {
    return tensor(name, std::move(shape), "F32", floats(values));
  }

  /// The header, to be spoilt by a test.
  nlohmann::json& header() { return header_; }

  std::string build() const { return build_with(header_.dump(), data_); }
  static std::string build_with(std::string_view header, std::string_view data) {
    std::string bytes;
    put(bytes, std::uint64_t{header.size()});
    bytes += header;
    bytes += data;
    return bytes;
  }

 private:
  nlohmann::json header_ = {{"__metadata__", {{"format", "pt"}}}};
  std::string data_;
};

inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary)
      .write(content.data(), static_cast<std::streamsize>(content.size()));
}

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "kvsim-weights-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The message of the InputError that `call` throws; empty if it throws none.
template <class Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace kvsim::weight_tests
