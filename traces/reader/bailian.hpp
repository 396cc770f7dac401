#pragma once

#include <unordered_map>

#include "traces/reader/block_count.hpp"
#include "traces/reader/concept.hpp"
#include "traces/reader/json.hpp"
#include "traces/reader/sniff.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// The Qwen traces of Alibaba Cloud's Bailian (Wang et al., USENIX ATC 2025): JSON Lines with
/// `chat_id`, `parent_chat_id` (-1: none), `timestamp` (s), `input_length`, `output_length`,
/// `type`, `turn` and `hash_ids`, 16 tokens a block, the last block partly filled.
///
/// A request's session is the chat at the root of its chain of parents; its category is `type`. A
/// parent that is not in the file before its child leaves the child without parent.
struct BailianFormat {
  static constexpr std::string_view kName = "bailian";
  static constexpr std::string_view kDoc =
      "JSON Lines of chat requests as prefix-chained block ids, times in s (Qwen-Bailian, ATC "
      "2025).";

  struct Config {
    std::uint32_t block_size = 16;
    static auto fields() {
      return std::tuple{
          field("block_size", &Config::block_size, 1, 1 << 20, "Tokens that one id stands for.")};
    }
  };

  static int sniff(const Sample& sample) {
    const JsonShape shape(sample.head);
    const bool is = shape.value("hash_ids") == '[' && shape.has("chat_id") &&
                    shape.has("timestamp") && shape.has("input_length");
    return is ? certainty::kCertain : certainty::kNo;
  }

  static Trace read(TraceInput& input, const Config& config) {
    static constexpr std::array<std::string_view, 8> kFields{
        "chat_id",       "parent_chat_id", "timestamp", "input_length",
        "output_length", "type",           "turn",      "hash_ids"};
    struct Chat {
      std::uint32_t request;
      std::int64_t root;
    };
    TraceBuilder builder(TraceBuilder::Kind::kBlocks, config.block_size, input.spill());
    JsonParser parser;
    std::unordered_map<std::int64_t, Chat> chats;
    std::vector<std::uint64_t> ids;
    input.each_line([&](std::string_view line) {
      const auto [chat_id, parent_id, time, in, out, type, turn, hash_ids] =
          json_pick(parser.parse(line), "the line", kFields);
      const std::int64_t chat = json_i64(chat_id, "chat_id");
      const std::int64_t parent = parent_id.present() ? json_i64(parent_id, "parent_chat_id") : -1;
      RequestRow row;
      row.arrival = json_time(time, "timestamp", 1e9);
      row.input_tokens = json_u32(in, "input_length");
      row.output_tokens = json_u32(out, "output_length");
      if (type.present()) row.category = json_string(type, "type");
      if (turn.present()) {
        row.turn = static_cast<std::uint32_t>(json_u64(turn, "turn", kNone - 1));
      }
      json_u64s(hash_ids, "hash_ids", UINT64_MAX, ids);
      check_block_count(ids.size(), *row.input_tokens, config.block_size, kName);
      input.check_accesses(builder.accesses(), ids.size());
      std::int64_t root = chat;
      if (parent >= 0) {
        const auto it = chats.find(parent);
        root = it == chats.end() ? parent : it->second.root;
        if (it != chats.end()) row.parent = it->second.request;
      }
      const std::string session = std::to_string(root);
      row.session = session;
      chats[chat] = {static_cast<std::uint32_t>(builder.requests()), root};
      builder.begin_request(row);
      builder.add_blocks(ids);
    });
    return builder.finish("", std::string(kName));
  }
};

static_assert(TraceFormat<BailianFormat>);

}  // namespace kvsim
