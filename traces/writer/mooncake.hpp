#pragma once

#include "traces/writer/concept.hpp"
#include "traces/writer/needs.hpp"

namespace kvsim {

/// JSON Lines as Mooncake's, with `session`, `parent`, `turn`, `category`, `tenant` and `priority`
/// behind them where the trace carries them. The block size is not in the file: one other than 512
/// must be named when it is read.
struct MooncakeWriter {
  static constexpr std::string_view kName = "mooncake";
  static constexpr std::string_view kDoc = "Requests as block ids, times in ms (JSON Lines).";
  static constexpr bool kNeedsBlocks = true;

  struct Config {};

  static void write(const Trace& trace, OutputFile& out, const Config&) {
    const BlockColumns& blocks = need_covering_blocks(trace, kName);
    const RequestColumns& requests = trace.requests;
    for (std::uint64_t i = 0; i < requests.count; ++i) {
      out.write("{\"timestamp\": ");
      write_time(out, requests.arrival[i], 6);
      out.write(", \"input_length\": ");
      out.write_u64(requests.input_tokens[i]);
      out.write(", \"output_length\": ");
      out.write_u64(requests.output_tokens[i]);
      out.write(", \"hash_ids\": ");
      write_block_ids(out, blocks, i);
      write_request_fields(out, requests, i);
      out.write("}\n");
    }
  }
};

static_assert(TraceWriter<MooncakeWriter>);

}  // namespace kvsim
