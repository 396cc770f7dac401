#pragma once

#include "traces/reader/block_count.hpp"
#include "traces/reader/concept.hpp"
#include "traces/reader/json.hpp"
#include "traces/reader/request_fields.hpp"
#include "traces/reader/sniff.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// The request traces released with Mooncake (Qin et al., FAST 2025): JSON Lines with `timestamp`
/// (ms), `input_length`, `output_length` and `hash_ids`, prefix-chained, 512 tokens a block, the
/// last block partly filled. Where given, `session`, `parent`, `turn`, `category`, `tenant` and
/// `priority` are read too.
struct MooncakeFormat {
  static constexpr std::string_view kName = "mooncake";
  static constexpr std::string_view kDoc =
      "JSON Lines of requests as prefix-chained block ids, times in ms (Mooncake, FAST 2025).";

  struct Config {
    std::uint32_t block_size = 512;
    static auto fields() {
      return std::tuple{
          field("block_size", &Config::block_size, 1, 1 << 20, "Tokens that one id stands for.")};
    }
  };

  static int sniff(const Sample& sample) {
    const JsonShape shape(sample.head);
    const bool is = shape.value("hash_ids") == '[' && shape.has("timestamp") &&
                    shape.has("input_length") && !shape.has("chat_id");
    return is ? certainty::kCertain : certainty::kNo;
  }

  static Trace read(TraceInput& input, const Config& config) {
    static constexpr std::array<std::string_view, 4 + RequestFields::kCount> kFields = [] {
      std::array<std::string_view, 4 + RequestFields::kCount> names{"timestamp", "input_length",
                                                                    "output_length", "hash_ids"};
      std::copy(RequestFields::kNames.begin(), RequestFields::kNames.end(), names.begin() + 4);
      return names;
    }();
    TraceBuilder builder(TraceBuilder::Kind::kBlocks, config.block_size, input.spill());
    JsonParser parser;
    RequestFields extras;
    std::vector<std::uint64_t> ids;
    input.each_line([&](std::string_view line) {
      extras.begin_record();
      const auto record = json_pick(parser.parse(line), "the line", kFields);
      RequestRow row;
      row.arrival = json_time(record[0], "timestamp", 1e6);
      row.input_tokens = json_u32(record[1], "input_length");
      row.output_tokens = json_u32(record[2], "output_length");
      json_u64s(record[3], "hash_ids", UINT64_MAX, ids);
      check_block_count(ids.size(), *row.input_tokens, config.block_size, kName);
      extras.read(std::span(record).subspan(4), row);
      input.check_accesses(builder.accesses(), ids.size());
      extras.accept(builder.requests());
      builder.begin_request(row);
      builder.add_blocks(ids);
    });
    return builder.finish("", std::string(kName));
  }
};

static_assert(TraceFormat<MooncakeFormat>);

}  // namespace kvsim
