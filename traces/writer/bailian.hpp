#pragma once

#include "traces/writer/concept.hpp"
#include "traces/writer/needs.hpp"

namespace kvsim {

/// JSON Lines as Qwen-Bailian's. Chats are numbered as the requests are; without category the type
/// is `text`, without turn it is 1. The block size is not in the file: one other than 16 must be
/// named when it is read.
struct BailianWriter {
  static constexpr std::string_view kName = "bailian";
  static constexpr std::string_view kDoc =
      "Requests as block ids with chat, type and turn, times in s (JSON Lines).";
  static constexpr bool kNeedsBlocks = true;

  struct Config {};

  static void write(const Trace& trace, OutputFile& out, const Config&) {
    const BlockColumns& blocks = need_covering_blocks(trace, kName);
    const RequestColumns& requests = trace.requests;
    for (std::uint64_t i = 0; i < requests.count; ++i) {
      out.write("{\"chat_id\": ");
      out.write_u64(i);
      out.write(", \"parent_chat_id\": ");
      if (requests.parent.empty() || requests.parent[i] == kNone) {
        out.write("-1");
      } else {
        out.write_u64(requests.parent[i]);
      }
      out.write(", \"timestamp\": ");
      write_time(out, requests.arrival[i], 9);
      out.write(", \"input_length\": ");
      out.write_u64(requests.input_tokens[i]);
      out.write(", \"output_length\": ");
      out.write_u64(requests.output_tokens[i]);
      out.write(", \"type\": ");
      const bool typed = !requests.category.empty() && requests.category[i] != kNone;
      write_json_text(out, typed ? requests.category_names[requests.category[i]] : "text");
      out.write(", \"turn\": ");
      const bool turned = !requests.turn.empty() && requests.turn[i] != kNone;
      out.write_u64(turned ? requests.turn[i] : 1);
      out.write(", \"hash_ids\": ");
      write_block_ids(out, blocks, i);
      out.write("}\n");
    }
  }
};

static_assert(TraceWriter<BailianWriter>);

}  // namespace kvsim
