#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "traces/reader/concept.hpp"
#include "traces/reader/json.hpp"
#include "traces/reader/numbers.hpp"
#include "traces/reader/sniff.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// RAGPulse (Wang et al. 2025): JSON Lines of a retrieval-augmented service. `hash_ids` is an
/// object of lists, in the order of the prompt: `sys_prompt`, `passages_ids`, `history`,
/// `web_search`, `user_input`. An id names a component's content, so a block's identity is its
/// component and id with all before it.
///
/// Requests are sorted by time, stably. The file gives no size of a block: a request's input is
/// spread over its blocks evenly, min(512, max(1, input_length / blocks)) tokens each, half tokens
/// rounded away from zero.
struct RagPulseFormat {
  static constexpr std::string_view kName = "ragpulse";
  static constexpr std::string_view kDoc =
      "JSON Lines of prompts as lists of component ids, a block being its path (RAGPulse 2025).";

  struct Config {};

  static int sniff(const Sample& sample) {
    const JsonShape shape(sample.head);
    const bool is =
        shape.value("hash_ids") == '{' && shape.has("timestamp") && shape.has("input_length");
    return is ? certainty::kCertain : certainty::kNo;
  }

  static Trace read(TraceInput& input, const Config&) {
    std::vector<Request> requests;
    std::vector<Block> blocks;
    read_requests(input, requests, blocks);
    std::stable_sort(requests.begin(), requests.end(),
                     [](const Request& a, const Request& b) { return a.arrival < b.arrival; });
    TraceBuilder builder(TraceBuilder::Kind::kBlocks, kMaxTokensPerBlock, input.spill());
    for (const Request& request : requests) {
      RequestRow row;
      row.arrival = request.arrival;
      row.input_tokens = request.input;
      row.output_tokens = request.output;
      if (request.has_session) row.session = request.session;
      builder.begin_request(row);
      for (std::size_t i = 0; i < request.blocks; ++i) {
        const Block& block = blocks[request.first + i];
        builder.add_path_block(block.component, block.id);
      }
      builder.set_tokens_per_block(tokens_per_block(request.input, request.blocks));
    }
    return builder.finish("", std::string(kName));
  }

 private:
  static constexpr std::uint32_t kMaxTokensPerBlock = 512;
  static constexpr std::array<std::string_view, 5> kComponents{
      "sys_prompt", "passages_ids", "history", "web_search", "user_input"};

  struct Request {
    TimeNs arrival;
    std::uint32_t input;
    std::uint32_t output;
    std::size_t first;
    std::size_t blocks;
    bool has_session;
    std::string session;
  };
  struct Block {
    std::uint32_t component;
    std::uint64_t id;
  };

  static std::uint32_t tokens_per_block(std::uint32_t input, std::size_t blocks) {
    if (blocks == 0) return 0;
    const std::uint64_t rounded = (2 * std::uint64_t{input} + blocks) / (2 * blocks);
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(rounded, 1, kMaxTokensPerBlock));
  }

  static void read_requests(TraceInput& input, std::vector<Request>& requests,
                            std::vector<Block>& blocks) {
    static constexpr std::array<std::string_view, 5> kFields{
        "timestamp", "input_length", "output_length", "hash_ids", "session_id"};
    JsonParser parser;
    std::vector<std::pair<std::string_view, JsonValue>> members;
    std::vector<std::uint64_t> ids;
    std::vector<Block> path;
    input.each_line([&](std::string_view line) {
      const auto [time, in, out, hash_ids, session] =
          json_pick(parser.parse(line), "the line", kFields);
      Request request{};
      request.arrival = arrival(time);
      request.input = json_u32(in, "input_length");
      request.output = json_u32(out, "output_length");
      request.has_session = session.present() && !json_is_null(session);
      if (request.has_session) request.session = json_name(session, "session_id");
      json_members(hash_ids, "hash_ids", members);
      path.clear();
      unsigned seen = 0;
      for (const auto& [name, list] : members) {
        const auto it = std::find(kComponents.begin(), kComponents.end(), name);
        if (it == kComponents.end()) {
          bad_field("hash_ids", "an object with " + quoted(name),
                    fmt::format("{}", fmt::join(kComponents, ", ")));
        }
        const auto component = static_cast<std::uint32_t>(it - kComponents.begin());
        if ((seen & (1u << component)) != 0) {
          throw BadRecord(fmt::format("field 'hash_ids.{}' is given twice", name));
        }
        seen |= 1u << component;
        json_u64s(list, fmt::format("hash_ids.{}", name), UINT64_MAX, ids);
        for (const std::uint64_t id : ids) path.push_back({component, id});
      }
      input.check_accesses(blocks.size(), path.size());
      request.first = blocks.size();
      request.blocks = path.size();
      blocks.insert(blocks.end(), path.begin(), path.end());
      requests.push_back(std::move(request));
    });
  }

  /// Seconds, as text or as a number.
  static TimeNs arrival(const JsonValue& time) {
    if (!json_is_string(time)) return json_time(time, "timestamp", 1e9);
    const std::optional<TimeNs> ns = parse_time(json_string(time, "timestamp"), 1'000'000'000);
    if (!ns) bad_field("timestamp", json_text(time), "a time in seconds, at least 0");
    return *ns;
  }
};

static_assert(TraceFormat<RagPulseFormat>);

}  // namespace kvsim
