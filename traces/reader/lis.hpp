#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "traces/reader/concept.hpp"
#include "traces/reader/numbers.hpp"
#include "traces/reader/object_batch.hpp"
#include "traces/reader/sniff.hpp"

namespace kvsim {

/// The traces of the ARC paper (Megiddo and Modha, FAST 2003): lines `start count ignored request`,
/// each standing for `count` accesses, one to each of `count` successive blocks from `start` on.
struct LisFormat {
  static constexpr std::string_view kName = "lis";
  static constexpr std::string_view kDoc =
      "Lines `start count ignored request`, each `count` successive blocks from `start` on (ARC, "
      "FAST 2003).";

  /// The most blocks that a line may stand for: more is an error, not a trace.
  static constexpr std::uint64_t kMaxCount = 1u << 24;

  struct Config {};

  static int sniff(const Sample& sample) {
    const auto lines = sample_lines(sample.head, sample.complete, 1000);
    const bool is = !lines.empty() && std::all_of(lines.begin(), lines.end(),
                                                  [](auto line) { return numbers_in(line) == 4; });
    return is ? certainty::kCertain : certainty::kNo;
  }

  static Trace read(TraceInput& input, const Config&) {
    ObjectBatch batch(input);
    input.each_line([&](std::string_view line) {
      std::string_view rest = line;
      const std::uint64_t start = take(rest, "start", UINT64_MAX);
      const std::uint64_t count = take(rest, "count", kMaxCount);
      take(rest, "ignored", UINT64_MAX);
      take(rest, "request", UINT64_MAX);
      if (!trimmed(rest).empty()) {
        throw BadRecord(
            fmt::format("{} behind the fourth number, allowed is `start count ignored "
                        "request`",
                        quoted(trimmed(rest))));
      }
      if (start > UINT64_MAX - count) {
        bad_field("start", std::to_string(start),
                  fmt::format("an integer from 0 to {}", UINT64_MAX - count));
      }
      batch.add_run(start, count);
    });
    return batch.finish(kName);
  }

 private:
  static void skip_space(std::string_view& text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  }

  static std::uint64_t take(std::string_view& rest, std::string_view field, std::uint64_t most) {
    skip_space(rest);
    const std::string_view before = rest;
    const std::optional<std::uint64_t> number = take_u64(rest);
    const bool ends = rest.empty() || rest.front() == ' ' || rest.front() == '\t';
    if (!number || !ends || *number > most) {
      const std::string_view word = before.substr(0, before.find_first_of(" \t"));
      bad_field(field, word.empty() ? "missing" : quoted(word),
                fmt::format("an integer from 0 to {}", most));
    }
    return *number;
  }

  static int numbers_in(std::string_view line) {
    int count = 0;
    skip_space(line);
    while (!line.empty()) {
      if (!take_u64(line)) return -1;
      if (!line.empty() && line.front() != ' ' && line.front() != '\t') return -1;
      skip_space(line);
      ++count;
    }
    return count;
  }
};

static_assert(TraceFormat<LisFormat>);

}  // namespace kvsim
