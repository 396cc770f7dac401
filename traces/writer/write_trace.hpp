#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "traces/reader/open_trace.hpp"
#include "traces/trace.hpp"

namespace kvsim {

struct WriteOptions {
  /// Tokens a block, for token traces written in a format of blocks; 0: refuse.
  std::uint32_t block_size = 0;
};

/// Writes a trace as `format`, a name that may carry options as in "kvt:zstd=true". The file
/// appears whole or not at all. What the format has no place for is left out; what it needs and the
/// trace lacks is an InputError that says so.
void write_trace(const Trace& trace, const std::filesystem::path& path, const std::string& format,
                 const WriteOptions& options = {});

/// Every format that can be written, in the order of the list.
std::vector<FormatInfo> list_writers();

}  // namespace kvsim
