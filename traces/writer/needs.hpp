#pragma once
// What writers ask of a trace, and how they put it.

#include <cstdint>
#include <string_view>

#include "sim/core/output_file.hpp"
#include "traces/trace.hpp"

namespace kvsim {

/// Throw InputError `trace 'NAME' cannot be written as FORMAT: it carries no …`.
[[noreturn]] void lacks(const Trace& trace, std::string_view format, std::string_view what);
void need_times(const Trace& trace, std::string_view format);
void need_lengths(const Trace& trace, std::string_view format);
/// The blocks or objects of the trace.
const BlockColumns& need_accesses(const Trace& trace, std::string_view format);
/// Blocks of a fixed number of tokens that cover each request's input, the last one partly filled.
const BlockColumns& need_covering_blocks(const Trace& trace, std::string_view format);

/// The id of a slot in the trace, or the slot where ids are no numbers.
inline std::uint64_t id_of(const BlockColumns& blocks, Slot slot) {
  return blocks.id.empty() ? slot : blocks.id[slot];
}
/// The size of an access in bytes.
inline std::uint32_t bytes_of(const BlockColumns& blocks, std::uint64_t access) {
  return blocks.access_bytes.empty() ? blocks.bytes[blocks.slot[access]]
                                     : blocks.access_bytes[access];
}

/// A time in units of 10^`digits` ns, exact, without trailing zeros: 1500000 and 6 give `1.5`.
void write_time(OutputFile& out, TimeNs ns, int digits);
/// A JSON string with its quotes.
void write_json_text(OutputFile& out, std::string_view text);
/// `[id, id, …]` of a request's blocks.
void write_block_ids(OutputFile& out, const BlockColumns& blocks, std::uint64_t request);
/// `, "session": …` and so on, whatever the trace carries for the request.
void write_request_fields(OutputFile& out, const RequestColumns& requests, std::uint64_t request);

}  // namespace kvsim
