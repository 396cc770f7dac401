#pragma once
// An opened trace: immutable columns, shared by every run and thread that replays it.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/column.hpp"
#include "sim/core/ids.hpp"

namespace kvsim {

/// "This request has none": no parent, no session, no category.
inline constexpr std::uint32_t kNone = 0xffffffffu;

/// Distinct texts, by index.
struct TextColumn {
  Column<std::uint64_t> offset;  ///< size()+1 offsets into `text`, or empty
  Column<char> text;

  std::size_t size() const { return offset.empty() ? 0 : offset.size() - 1; }
  std::string_view operator[](std::size_t i) const {
    return {text.data() + offset[i], static_cast<std::size_t>(offset[i + 1] - offset[i])};
  }
};

/// One value a request. A column that the trace does not carry is empty.
struct RequestColumns {
  std::uint64_t count = 0;
  Column<TimeNs> arrival;               ///< ns, in the order of the file, not always monotone
  Column<std::uint32_t> input_tokens;   ///< tokens of the prompt
  Column<std::uint32_t> output_tokens;  ///< tokens generated
  Column<std::uint32_t> session;        ///< index into session_names, or kNone
  Column<std::uint32_t> parent;         ///< number of the parent request, or kNone
  Column<std::uint32_t> turn;           ///< 1-based turn of the conversation, or kNone
  Column<std::uint32_t> category;       ///< index into category_names, or kNone
  Column<std::uint32_t> tenant;         ///< index into tenant_names, or kNone
  Column<std::int32_t> priority;        ///< as the trace says
  TextColumn session_names, category_names, tenant_names;
};

/// The blocks (or objects) that requests access, as dense slots in order of first appearance.
struct BlockColumns {
  std::uint32_t block_size = 0;        ///< tokens a block; 0 for object traces
  std::uint32_t distinct = 0;          ///< number of distinct blocks; slots are 0 … distinct-1
  Column<std::uint64_t> offset;        ///< count+1 offsets into `slot`; empty: one access a request
  Column<Slot> slot;                   ///< one an access
  Column<std::uint64_t> id;            ///< a slot's id in the trace; empty where ids are no numbers
  Column<std::uint32_t> bytes;         ///< a slot's object size (at its first access); empty: none
  Column<std::uint32_t> access_bytes;  ///< one an access, only where an object's size changes
  Column<std::uint32_t>
      tokens_per_block;  ///< one a request, where the trace fixes it for every block
                         ///< (ragpulse); empty: block_size, the last block the rest
  std::uint64_t accesses() const { return slot.size(); }
  std::uint64_t begin(std::uint64_t request) const {
    return offset.empty() ? request : offset[request];
  }
  std::uint64_t end(std::uint64_t request) const {
    return offset.empty() ? request + 1 : offset[request + 1];
  }
};

/// Token ids: of each request its input, then its output.
struct TokenColumns {
  Column<std::uint64_t> offset;  ///< count+1 offsets into `token`
  Column<Token> token;
};

enum class EventKind : std::uint8_t { kLookup, kInsert, kRelease };

/// The recorded order of a real run's look-ups, insertions and releases, by sequence number.
/// Blocks are counted over input and output.
struct EventColumns {
  Column<std::uint32_t> request;
  Column<EventKind> kind;
  Column<std::uint32_t> first;  ///< first block of the request that it concerns
  Column<std::uint32_t> count;  ///< how many blocks
  std::size_t size() const { return request.size(); }
};

/// A trace, opened. What it lacks is absent: without `blocks` and `tokens` it carries load only
/// (times and lengths), and cannot be replayed through a cache.
struct Trace {
  std::string name;            ///< file name without folder and extensions
  std::filesystem::path path;  ///< the file; empty for a trace made in memory
  std::string format;          ///< name of its format, such as "mooncake"
  RequestColumns requests;
  std::optional<BlockColumns> blocks;  ///< absent in token traces, whose block size is free
  std::optional<TokenColumns> tokens;
  std::optional<EventColumns> events;
  std::uint64_t skipped_records = 0;  ///< malformed records passed over under `--on-error skip`
  std::string sha256;  ///< hex; given by formats that store it, else computed on demand by
                       ///< trace_sha256()

  bool is_object_trace() const { return blocks && blocks->block_size == 0; }
};

/// The blocks of a token trace at `block_size` tokens a block, identified by parent and content,
/// exactly. A prompt's last block may be partly filled. With `with_output` (recorded runs), blocks
/// run over input and output and only full ones exist. Throws InputError if the trace has no
/// tokens.
BlockColumns block_tokens(const Trace& trace, std::uint32_t block_size, bool with_output = false);

/// The SHA-256 of the trace's file, in hex: stored by the format, or computed now; "" without file.
/// For a folder, that of the lines `digest  name` of its files, in the order of their names.
std::string trace_sha256(const Trace& trace);

/// What one request brings to a TraceBuilder. Fields left as they are mean "not carried".
struct RequestRow {
  std::optional<TimeNs> arrival;
  std::optional<std::uint32_t> input_tokens;
  std::optional<std::uint32_t> output_tokens;
  std::optional<std::string_view> session;
  std::optional<std::uint32_t> parent;  ///< number of an earlier request
  std::optional<std::uint32_t> turn;
  std::optional<std::string_view> category;
  std::optional<std::string_view> tenant;
  std::optional<std::int32_t> priority;
};

}  // namespace kvsim
