#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/fields.hpp"
#include "traces/trace.hpp"

namespace kvsim {

struct OpenOptions {
  std::string format;        ///< name, with options as in "csv:id=lbn,size=size"; "": detect
  bool skip_errors = false;  ///< count malformed records in Trace::skipped_records, read on
  /// Tokens that one id stands for, where the format leaves it open (mooncake, bailian); 0: its
  /// own. Token traces ignore it, since their block size is chosen when blocks are formed.
  std::uint32_t block_size = 0;
  std::uint64_t max_accesses = 0xfffffffeu;  ///< refuse traces of more block accesses
  /// A folder for nameless files that hold what is one an access, so that memory grows with the
  /// distinct blocks alone; empty: everything lies in memory.
  std::filesystem::path spill;
};

/// Reads a trace file, plain or compressed (gzip, zstd, xz), or a folder of session files. Format
/// and compression are told from the content. Throws InputError naming the file, the line (or
/// record), the field, what was found and what is allowed; also where the format stays ambiguous
/// or the file holds no request.
Trace open_trace(const std::filesystem::path& path, const OpenOptions& options = {});

/// The same for a file's content in memory; `name` stands for the file.
Trace read_trace(std::span<const char> content, std::string_view name,
                 const OpenOptions& options = {});

/// The name of the format that the content begins as. Throws InputError as open_trace() does.
std::string detect_format(std::span<const char> content, std::string_view name);

/// A format, as `kvsim list formats` shows it.
struct FormatInfo {
  std::string name;
  std::string doc;
  std::vector<FieldInfo> fields;
};

/// Every format that can be read, in the order of the list.
std::vector<FormatInfo> list_formats();

/// A trace's name: the file's without folder and extensions ("x.rle.jsonl.xz" → "x").
std::string trace_name(const std::filesystem::path& path);

}  // namespace kvsim
