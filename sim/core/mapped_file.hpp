#pragma once

#include <filesystem>
#include <memory>
#include <span>

namespace kvsim {

/// A file mapped into memory, unmapped and closed with the last owner.
struct MappedFile {
  std::span<const char> bytes;
  int descriptor = -1;  ///< the owner's
  std::shared_ptr<const void> owner;
};

/// Maps a regular file. Throws InputError if it cannot be opened or is no regular file.
MappedFile map_file(const std::filesystem::path& path);

}  // namespace kvsim
