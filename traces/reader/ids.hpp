#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "traces/reader/concept.hpp"
#include "traces/reader/numbers.hpp"
#include "traces/reader/object_batch.hpp"
#include "traces/reader/sniff.hpp"

namespace kvsim {

/// One object id a line, as the LIRS paper's traces are. Blank lines and lines that begin with `*`
/// (its markers) are passed over.
struct IdsFormat {
  static constexpr std::string_view kName = "ids";
  static constexpr std::string_view kDoc =
      "One object id a line, lines that begin with * being markers (LIRS, SIGMETRICS 2002).";

  struct Config {};

  static int sniff(const Sample& sample) {
    const auto lines = sample_lines(sample.head, sample.complete, 1000);
    std::size_t ids = 0;
    for (const std::string_view line : lines) {
      if (line.starts_with('*')) continue;
      if (!parse_u64(line)) return certainty::kNo;
      ++ids;
    }
    return ids > 0 ? certainty::kCertain : certainty::kNo;
  }

  static Trace read(TraceInput& input, const Config&) {
    ObjectBatch batch(input);
    input.each_line([&](std::string_view line) {
      std::string_view text = line;
      std::optional<std::uint64_t> id = take_u64(text);
      if (!id || !text.empty()) {
        const std::string_view content = trimmed(line);
        if (content.empty() || content.starts_with('*')) return;  // blank, or a marker
        id = parse_u64(content);
        if (!id) {
          bad_field("id", quoted(content), fmt::format("an integer from 0 to {}", UINT64_MAX));
        }
      }
      batch.add(*id);
    });
    return batch.finish(kName);
  }
};

static_assert(TraceFormat<IdsFormat>);

}  // namespace kvsim
