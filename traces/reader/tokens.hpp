#pragma once

#include <fmt/format.h>

#include "traces/reader/concept.hpp"
#include "traces/reader/json.hpp"
#include "traces/reader/request_fields.hpp"
#include "traces/reader/sniff.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Requests with their token ids, JSON Lines, in kvsim's own names (`timestamp` in ms,
/// `input_token_ids`, `output_token_ids`, optional `session`, `parent`, `turn`, `category`,
/// `tenant`, `priority`, and `events` of a recorded run) or in those of LLMServingSim 2.0
/// (`arrival_time_ns`, `input_tok_ids`, `output_tok_ids`, `input_toks`, `output_toks`).
struct TokensFormat {
  static constexpr std::string_view kName = "tokens";
  static constexpr std::string_view kDoc =
      "JSON Lines of requests with token ids, so that block size and hash are free choices (the "
      "recorder's own, or LLMServingSim 2.0's).";

  struct Config {
    bool events = true;
    static auto fields() {
      return std::tuple{
          field("events", &Config::events,
                "Keep a recorded run's order of look-ups, insertions and releases, which a replay "
                "then follows; without it, block size, look-up and policy are free, and requests "
                "come one after the other.")};
    }
  };

  static int sniff(const Sample& sample) {
    const JsonShape shape(sample.head);
    const bool is = shape.value("input_token_ids") == '[' || shape.value("input_tok_ids") == '[';
    return is ? certainty::kCertain : certainty::kNo;
  }

  static Trace read(TraceInput& input, const Config& config) {
    TraceBuilder builder(TraceBuilder::Kind::kTokens, 0, input.spill());
    JsonParser parser;
    Record record;
    input.each_line([&](std::string_view line) {
      record.read(parser.parse(line));
      input.check_accesses(builder.accesses(), 0);
      record.extras.accept(builder.requests());
      builder.begin_request(record.row);
      builder.add_tokens(record.in, record.out);
      if (!config.events) return;
      for (const Event& e : record.events) builder.add_event(e.sequence, e.kind, e.first, e.count);
    });
    return builder.finish("", std::string(kName));
  }

 private:
  struct Event {
    std::uint64_t sequence;
    EventKind kind;
    std::uint32_t first;
    std::uint32_t count;
  };

  struct Record {
    RequestFields extras;
    RequestRow row;
    std::vector<Token> in, out;
    std::vector<Event> events;
    std::vector<JsonValue> items, parts;

    void read(const JsonValue& line) {
      static constexpr std::array<std::string_view, 10 + RequestFields::kCount> kFields = [] {
        std::array<std::string_view, 10 + RequestFields::kCount> names{
            "timestamp",        "arrival_time_ns", "input_token_ids", "input_tok_ids",
            "output_token_ids", "output_tok_ids",  "input_toks",      "output_toks",
            "events",           "sub_requests"};
        std::copy(RequestFields::kNames.begin(), RequestFields::kNames.end(), names.begin() + 10);
        return names;
      }();
      extras.begin_record();
      const auto f = json_pick(line, "the line", kFields);
      if (f[9].present()) {
        bad_field("sub_requests", json_text(f[9]),
                  "none: requests whose arrival depends on earlier replies are not understood");
      }
      row = {};
      if (f[1].present() && !f[0].present()) {
        row.arrival = json_time(f[1], "arrival_time_ns", 1);
      } else {
        row.arrival = json_time(f[0], "timestamp", 1e6);
      }
      read_tokens(f[2], "input_token_ids", f[3], "input_tok_ids", true, in);
      read_tokens(f[4], "output_token_ids", f[5], "output_tok_ids", false, out);
      check_count(f[6], "input_toks", in.size(), true);
      check_count(f[7], "output_toks", out.size(), f[4].present() || f[5].present());
      extras.read(std::span(f).subspan(10), row);
      read_events(f[8]);
    }

    static void read_tokens(const JsonValue& own, std::string_view own_name, const JsonValue& other,
                            std::string_view other_name, bool required,
                            std::vector<Token>& tokens) {
      tokens.clear();
      if (own.present() && other.present()) {
        bad_field(other_name, "given besides " + std::string(own_name), "one of the two");
      }
      if (other.present()) {
        json_u32s(other, other_name, tokens);
      } else if (own.present() || required) {
        json_u32s(own, own_name, tokens);
      }
    }

    static void check_count(const JsonValue& value, std::string_view name, std::size_t count,
                            bool has_tokens) {
      if (!value.present()) return;
      const std::uint32_t given = json_u32(value, name);
      if (has_tokens && given != count) {
        bad_field(name, std::to_string(given), fmt::format("{}, the number of token ids", count));
      }
    }

    void read_events(const JsonValue& value) {
      events.clear();
      if (!value.present() || json_is_null(value)) return;
      json_items(value, "events", items);
      for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string name = fmt::format("events[{}]", i);
        json_items(items[i], name, parts);
        if (parts.size() != 4) {
          bad_field(name, json_text(items[i]), "[sequence, kind, first block, count]");
        }
        const std::string_view kind = json_string(parts[1], name + "[1]");
        Event event{};
        event.sequence = json_u64(parts[0], name + "[0]", UINT64_MAX);
        event.first = json_u32(parts[2], name + "[2]");
        event.count = json_u32(parts[3], name + "[3]");
        if (kind == "lookup") {
          event.kind = EventKind::kLookup;
        } else if (kind == "insert") {
          event.kind = EventKind::kInsert;
        } else if (kind == "release") {
          event.kind = EventKind::kRelease;
        } else {
          bad_field(name + "[1]", quoted(kind), "'lookup', 'insert' or 'release'");
        }
        // A block holds at least one token.
        if (std::uint64_t{event.first} + event.count > in.size() + out.size()) {
          bad_field(
              name,
              fmt::format("blocks {} to {}", event.first, std::uint64_t{event.first} + event.count),
              fmt::format("blocks of the request's {} tokens", in.size() + out.size()));
        }
        events.push_back(event);
      }
    }
  };
};

static_assert(TraceFormat<TokensFormat>);

}  // namespace kvsim
