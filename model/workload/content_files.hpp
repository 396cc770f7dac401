#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace kvsim {

/// The most that a file may hold once decompressed, all files of an archive together, so that a
/// small file cannot fill the memory.
inline constexpr std::size_t kMaxWorkloadBytes = std::size_t{1} << 30;

/// Calls `use(name, content)` for the file's content, decompressed (gzip, bzip2, xz, zstd), or
/// where it is a tar archive, for each JSON file in it (`.json`, `.jsonl`, `.ndjson`, not hidden),
/// in the archive's order; other members are passed over. `file` is its bytes, `name` its name: a
/// member is called `name/member`. Throws InputError where the content is damaged or larger than
/// `most` bytes.
void for_each_content(std::span<const char> file, const std::string& name,
                      const std::function<void(const std::string&, std::string_view)>& use,
                      std::size_t most = kMaxWorkloadBytes);

}  // namespace kvsim
