#pragma once

#include <span>
#include <vector>

#include "traces/writer/concept.hpp"
#include "traces/writer/needs.hpp"

namespace kvsim {

/// JSON Lines with token ids, in kvsim's own names. Events are numbered anew, in their order.
struct TokensWriter {
  static constexpr std::string_view kName = "tokens";
  static constexpr std::string_view kDoc = "Requests with token ids, times in ms (JSON Lines).";
  static constexpr bool kNeedsBlocks = false;

  struct Config {};

  static void write(const Trace& trace, OutputFile& out, const Config&) {
    if (!trace.tokens) lacks(trace, kName, "token ids");
    need_times(trace, kName);
    const RequestColumns& requests = trace.requests;
    const std::vector<std::vector<std::size_t>> events = events_by_request(trace);
    for (std::uint64_t i = 0; i < requests.count; ++i) {
      out.write("{\"timestamp\": ");
      write_time(out, requests.arrival[i], 6);
      write_request_fields(out, requests, i);
      const std::span<const Token> tokens = trace.tokens->token.span().subspan(
          trace.tokens->offset[i], trace.tokens->offset[i + 1] - trace.tokens->offset[i]);
      out.write(", \"input_token_ids\": ");
      write_tokens(out, tokens.first(requests.input_tokens[i]));
      out.write(", \"output_token_ids\": ");
      write_tokens(out, tokens.subspan(requests.input_tokens[i]));
      if (!events.empty() && !events[i].empty()) write_events(out, *trace.events, events[i]);
      out.write("}\n");
    }
  }

 private:
  static void write_tokens(OutputFile& out, std::span<const Token> tokens) {
    out.write("[");
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (i > 0) out.write(", ");
      out.write_u64(tokens[i]);
    }
    out.write("]");
  }

  static std::vector<std::vector<std::size_t>> events_by_request(const Trace& trace) {
    std::vector<std::vector<std::size_t>> events;
    if (!trace.events) return events;
    events.resize(trace.requests.count);
    for (std::size_t i = 0; i < trace.events->size(); ++i) {
      events[trace.events->request[i]].push_back(i);
    }
    return events;
  }

  static void write_events(OutputFile& out, const EventColumns& events,
                           std::span<const std::size_t> numbers) {
    static constexpr std::string_view kKinds[] = {"lookup", "insert", "release"};
    out.write(", \"events\": [");
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const std::size_t number = numbers[i];
      out.write(i > 0 ? ", [" : "[");
      out.write_u64(number);
      out.write(", \"");
      out.write(kKinds[static_cast<std::size_t>(events.kind[number])]);
      out.write("\", ");
      out.write_u64(events.first[number]);
      out.write(", ");
      out.write_u64(events.count[number]);
      out.write("]");
    }
    out.write("]");
  }
};

static_assert(TraceWriter<TokensWriter>);

}  // namespace kvsim
