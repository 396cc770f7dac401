#include "traces/writer/needs.hpp"

#include <fmt/format.h>

#include <string>

#include "sim/core/error.hpp"

namespace kvsim {

void lacks(const Trace& trace, std::string_view format, std::string_view what) {
  throw InputError(fmt::format("trace '{}' ({}) cannot be written as {}: it carries no {}",
                               trace.name, trace.format, format, what));
}

void need_times(const Trace& trace, std::string_view format) {
  if (trace.requests.arrival.empty()) lacks(trace, format, "arrival times");
}

void need_lengths(const Trace& trace, std::string_view format) {
  if (trace.requests.input_tokens.empty()) lacks(trace, format, "input lengths");
  if (trace.requests.output_tokens.empty()) lacks(trace, format, "output lengths");
}

const BlockColumns& need_accesses(const Trace& trace, std::string_view format) {
  if (!trace.blocks) lacks(trace, format, "blocks or objects, only load");
  return *trace.blocks;
}

const BlockColumns& need_covering_blocks(const Trace& trace, std::string_view format) {
  const BlockColumns& blocks = need_accesses(trace, format);
  if (blocks.block_size == 0) lacks(trace, format, "blocks of tokens, only objects");
  if (!blocks.tokens_per_block.empty()) lacks(trace, format, "blocks of one size");
  need_times(trace, format);
  need_lengths(trace, format);
  for (std::uint64_t i = 0; i < trace.requests.count; ++i) {
    const std::uint64_t count = blocks.end(i) - blocks.begin(i);
    const std::uint64_t tokens = trace.requests.input_tokens[i];
    if (count != (tokens + blocks.block_size - 1) / blocks.block_size) {
      throw InputError(
          fmt::format("trace '{}' ({}) cannot be written as {}: request {} has {} blocks of {} "
                      "tokens, which do "
                      "not cover its input of {}",
                      trace.name, trace.format, format, i, count, blocks.block_size, tokens));
    }
  }
  return blocks;
}

void write_time(OutputFile& out, TimeNs ns, int digits) {
  std::uint64_t unit = 1;
  for (int i = 0; i < digits; ++i) unit *= 10;
  const auto value = static_cast<std::uint64_t>(ns < 0 ? 0 : ns);
  out.write_u64(value / unit);
  std::uint64_t fraction = value % unit;
  if (fraction == 0) return;
  std::string text = fmt::format(".{:0{}}", fraction, digits);
  while (text.back() == '0') text.pop_back();
  out.write(text);
}

void write_json_text(OutputFile& out, std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  quoted += '"';
  out.write(quoted);
}

void write_block_ids(OutputFile& out, const BlockColumns& blocks, std::uint64_t request) {
  out.write("[");
  for (std::uint64_t i = blocks.begin(request); i < blocks.end(request); ++i) {
    if (i > blocks.begin(request)) out.write(", ");
    out.write_u64(id_of(blocks, blocks.slot[i]));
  }
  out.write("]");
}

void write_request_fields(OutputFile& out, const RequestColumns& requests, std::uint64_t request) {
  const auto text = [&](std::string_view name, const Column<std::uint32_t>& column,
                        const TextColumn& texts) {
    if (column.empty() || column[request] == kNone) return;
    out.write(name);
    write_json_text(out, texts[column[request]]);
  };
  const auto number = [&](std::string_view name, const Column<std::uint32_t>& column) {
    if (column.empty() || column[request] == kNone) return;
    out.write(name);
    out.write_u64(column[request]);
  };
  text(", \"session\": ", requests.session, requests.session_names);
  // A parent is named by its number, and must have been written before.
  if (!requests.parent.empty() && requests.parent[request] < request) {
    number(", \"parent\": ", requests.parent);
  }
  number(", \"turn\": ", requests.turn);
  text(", \"category\": ", requests.category, requests.category_names);
  text(", \"tenant\": ", requests.tenant, requests.tenant_names);
  if (!requests.priority.empty()) {
    out.write(fmt::format(", \"priority\": {}", requests.priority[request]));
  }
}

}  // namespace kvsim
