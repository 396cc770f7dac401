#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "traces/reader/concept.hpp"
#include "traces/reader/json.hpp"
#include "traces/reader/sniff.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Coding-agent sessions as kv-cache-tester publishes them, one JSON document a session: a file, a
/// folder of files, or JSON Lines. A session has `id`, `block_size` and `requests`; a request `t`
/// (s since the session's start), `in`, `out`, and its blocks as `hash_ids` or as `runs` of
/// [first id, count]. Only full blocks are listed.
///
/// A sub-agent stands among its session's requests, as an object with requests of its own, whose
/// times count from its start, or as requests that name an `agent`. Both become requests in the
/// file's order, of category `subagent`, those of the session itself being `main`. A request's
/// parent is the one before it of the same agent. Ids are local to a session and are made distinct
/// by adding, session by session, the number of ids before. Every session starts at time 0.
struct KvCacheTesterFormat {
  static constexpr std::string_view kName = "kv_cache_tester";
  static constexpr std::string_view kDoc =
      "Coding-agent sessions as JSON documents with session-local block ids (kv-cache-tester).";

  struct Config {};

  /// The most blocks that a request may have, and the largest id: more is an error, not a trace.
  static constexpr std::uint64_t kMaxBlocks = 1u << 24;
  static constexpr std::uint64_t kMaxId = std::uint64_t{1} << 40;

  static int sniff(const Sample& sample) {
    const JsonShape shape(sample.head);
    const bool is = shape.value("requests") == '[' && shape.has("block_size") && shape.has("id");
    return is ? certainty::kCertain : certainty::kNo;
  }

  static Trace read(TraceInput& input, const Config&) {
    Sessions sessions;
    sessions.add_input(input);
    return sessions.finish();
  }

  static Trace read_folder(std::span<const std::filesystem::path> files,
                           const TraceInput::Options& options, const Config&) {
    Sessions sessions;
    std::uint64_t skipped = 0;
    for (const std::filesystem::path& file : files) {
      TraceInput input(open_source(file), file.string(), options);
      sessions.add_input(input);
      skipped += input.skipped();
    }
    Trace trace = sessions.finish();
    trace.skipped_records = skipped;
    return trace;
  }

 private:
  class Sessions {
   public:
    void add_input(TraceInput& input) {
      // A document that begins and ends on its first line is one of JSON Lines.
      const std::string_view head = input.head();
      const std::size_t first_end = head.find('\n');
      const bool is_lines =
          first_end == std::string_view::npos || trimmed_end(head.substr(0, first_end)) == '}';
      if (is_lines) {
        input.each_line([&](std::string_view line) { add_session(input, parser_.parse(line)); });
        return;
      }
      const std::string_view document = input.rest();
      try {
        add_session(input, parser_.parse(document));
      } catch (const BadRecord& bad) {
        input.reject(bad, 1);
      }
    }

    Trace finish() {
      if (!builder_) builder_.emplace(TraceBuilder::Kind::kBlocks, kDefaultBlockSize);
      return builder_->finish("", std::string(kName));
    }

   private:
    static constexpr std::uint32_t kDefaultBlockSize = 64;

    struct Run {
      std::uint64_t first;
      std::uint64_t count;
    };
    struct Request {
      TimeNs time;
      std::uint32_t in;
      std::uint32_t out;
      std::string agent;
      std::size_t first_run;
      std::size_t runs;
      std::uint64_t blocks;
    };
    struct Chain {
      std::uint32_t last = kNone;
      std::uint32_t turn = 0;
    };

    static char trimmed_end(std::string_view line) {
      const std::size_t last = line.find_last_not_of(" \t\r");
      return last == std::string_view::npos ? '\0' : line[last];
    }

    /// Reads a whole session before any of it enters the trace, so that one that is malformed
    /// leaves nothing behind.
    void add_session(const TraceInput& input, const JsonValue& document) {
      static constexpr std::array<std::string_view, 3> kFields{"id", "block_size", "requests"};
      const auto [id, size, list] = json_pick(document, "the session", kFields);
      const std::string session = json_name(id, "id");
      const auto block_size = static_cast<std::uint32_t>(json_u64(size, "block_size", 1 << 20));
      if (block_size == 0) bad_field("block_size", "0", "an integer from 1 to 1048576");
      if (builder_ && block_size != block_size_) {
        bad_field("block_size", std::to_string(block_size),
                  fmt::format("{}, as in the sessions before", block_size_));
      }
      requests_.clear();
      runs_.clear();
      largest_ = 0;
      std::vector<JsonValue> items;
      json_items(list, "requests", items);
      for (std::size_t i = 0; i < items.size(); ++i) {
        read_item(items[i], fmt::format("requests[{}]", i), block_size);
      }
      std::uint64_t accesses = builder_ ? builder_->accesses() : 0;
      for (const Request& request : requests_) {
        input.check_accesses(accesses, request.blocks);
        accesses += request.blocks;
      }
      if (!builder_) builder_.emplace(TraceBuilder::Kind::kBlocks, block_size, input.spill());
      block_size_ = block_size;
      add_requests(session);
      base_ += largest_ + 1;
      if (base_ > (std::uint64_t{1} << 62)) {
        input.fail(fmt::format("session '{}': ids too large to be made distinct", session));
      }
    }

    void read_item(const JsonValue& value, const std::string& place, std::uint32_t block_size) {
      static constexpr std::array<std::string_view, 9> kFields{
          "t", "in", "out", "hash_ids", "runs", "agent", "requests", "agent_id", "type"};
      const auto f = json_pick(value, place, kFields);
      const TimeNs time = json_time(f[0], place + ".t", 1e9);
      if (!f[6].present()) {
        const std::string agent = f[5].present() && !json_is_null(f[5])
                                      ? json_name(f[5], place + ".agent")
                                      : std::string();
        add_request(time, agent, place, f, block_size);
        return;
      }
      // A sub-agent, its requests nested once.
      const std::string agent = json_name(f[7], place + ".agent_id");
      std::vector<JsonValue> nested;
      json_items(f[6], place + ".requests", nested);
      for (std::size_t i = 0; i < nested.size(); ++i) {
        const std::string inner = fmt::format("{}.requests[{}]", place, i);
        const auto g = json_pick(nested[i], inner, kFields);
        if (g[6].present())
          bad_field(inner + ".requests", json_text(g[6]), "none within a sub-agent");
        const TimeNs offset = json_time(g[0], inner + ".t", 1e9);
        if (offset > kMaxTimeNs - time) bad_field(inner + ".t", json_text(g[0]), "an earlier time");
        add_request(time + offset, agent, inner, g, block_size);
      }
    }

    void add_request(TimeNs time, const std::string& agent, const std::string& place,
                     std::span<const JsonValue> f, std::uint32_t block_size) {
      Request request{time,
                      json_u32(f[1], place + ".in"),
                      json_u32(f[2], place + ".out"),
                      agent,
                      runs_.size(),
                      0,
                      0};
      if (f[3].present()) {
        read_ids(f[3], place);
      } else {
        read_runs(f[4], place);
      }
      request.runs = runs_.size() - request.first_run;
      for (std::size_t i = request.first_run; i < runs_.size(); ++i) {
        request.blocks += runs_[i].count;
        largest_ = std::max(largest_, runs_[i].first + runs_[i].count - 1);
        if (request.blocks > kMaxBlocks) {
          bad_field(place, fmt::format("of more than {} blocks", kMaxBlocks), "fewer");
        }
      }
      const std::uint64_t covering = (std::uint64_t{request.in} + block_size - 1) / block_size;
      if (request.blocks > covering || request.blocks < request.in / block_size) {
        bad_field(place, fmt::format("of {} blocks", request.blocks),
                  fmt::format("{}, the full blocks of its {} tokens at {} a block",
                              request.in / block_size, request.in, block_size));
      }
      requests_.push_back(std::move(request));
    }

    void read_ids(const JsonValue& value, const std::string& place) {
      json_u64s(value, place + ".hash_ids", kMaxId, ids_);
      const std::size_t first = runs_.size();
      for (const std::uint64_t id : ids_) {
        if (runs_.size() > first && runs_.back().first + runs_.back().count == id) {
          ++runs_.back().count;
        } else {
          runs_.push_back({id, 1});
        }
      }
    }

    void read_runs(const JsonValue& value, const std::string& place) {
      json_items(value, place + ".runs", pairs_);
      for (std::size_t i = 0; i < pairs_.size(); ++i) {
        const std::string name = fmt::format("{}.runs[{}]", place, i);
        json_u64s(pairs_[i], name, kMaxId, ids_);
        if (ids_.size() != 2 || ids_[1] == 0 || ids_[1] > kMaxBlocks) {
          bad_field(name,
                    ids_.size() == 2 ? fmt::format("[{}, {}]", ids_[0], ids_[1])
                                     : fmt::format("an array of {}", ids_.size()),
                    fmt::format("[first id, count from 1 to {}]", kMaxBlocks));
        }
        runs_.push_back({ids_[0], ids_[1]});
      }
    }

    void add_requests(const std::string& session) {
      std::map<std::string, Chain, std::less<>> chains;
      for (const Request& request : requests_) {
        Chain& chain = chains[request.agent];
        RequestRow row;
        row.arrival = request.time;
        row.input_tokens = request.in;
        row.output_tokens = request.out;
        row.session = session;
        row.turn = ++chain.turn;
        if (chain.last != kNone) row.parent = chain.last;
        row.category = request.agent.empty() ? "main" : "subagent";
        chain.last = static_cast<std::uint32_t>(builder_->requests());
        builder_->begin_request(row);
        for (const Run& run : std::span(runs_).subspan(request.first_run, request.runs)) {
          builder_->add_block_run(base_ + run.first, run.count);
        }
      }
    }

    JsonParser parser_;
    std::optional<TraceBuilder> builder_;
    std::uint32_t block_size_ = 0;
    std::uint64_t base_ = 0;     ///< added to the current session's ids
    std::uint64_t largest_ = 0;  ///< local id of the current session
    std::vector<Request> requests_;
    std::vector<Run> runs_;
    std::vector<std::uint64_t> ids_;
    std::vector<JsonValue> pairs_;
  };
};

static_assert(FolderFormat<KvCacheTesterFormat>);

}  // namespace kvsim
