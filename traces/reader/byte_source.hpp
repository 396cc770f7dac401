#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/mapped_file.hpp"

namespace kvsim {

/// Where a reader's bytes come from: a file, whatever it is compressed with, or memory. Bytes are
/// handed out in order, once, in bounded memory.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Copies the next bytes to `out` and returns how many, 0 at the end only. Throws InputError
  /// naming the file and the offset in it where the content is truncated or corrupt.
  virtual std::size_t read(std::span<char> out) = 0;

  /// All bytes, where they lie in memory as they are (mapped files, memory); else nullopt.
  virtual std::optional<std::span<const char>> bytes() const { return std::nullopt; }

  /// Keeps what bytes() refers to alive.
  virtual std::shared_ptr<const void> owner() const { return nullptr; }
};

/// The regular files of a folder whose names do not begin with a dot, in the order of their names.
/// Throws InputError if there is none.
std::vector<std::filesystem::path> folder_files(const std::filesystem::path& folder);

enum class Compression { kPlain, kGzip, kZstd, kXz };

/// What the content begins as, by its magic number.
Compression detect_compression(std::span<const char> content);

/// A file's content, decompressed as it is read if it is gzip, zstd or xz (told from the content).
/// Several compressed members behind each other are read as one. Throws InputError.
std::unique_ptr<ByteSource> open_source(const std::filesystem::path& path);

/// The same over bytes in memory that outlive the source; `name` stands for the file in messages.
std::unique_ptr<ByteSource> memory_source(std::span<const char> content, std::string name);

}  // namespace kvsim
