#pragma once

#include "traces/reader/concept.hpp"
#include "traces/reader/csv_table.hpp"
#include "traces/reader/sniff.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// BurstGPT (Wang et al., KDD 2025): CSV with `Timestamp` (s), `Model`, `Request tokens`,
/// `Response tokens`, `Total tokens` and `Log Type`, since release 2.0 also `Session ID` and
/// `Elapsed time`. Load only: nothing says which requests share content. The category is the log
/// type; model, total and elapsed time are passed over.
struct BurstGptFormat {
  static constexpr std::string_view kName = "burstgpt";
  static constexpr std::string_view kDoc =
      "CSV of arrival times and token counts, load without reuse (BurstGPT, KDD 2025).";

  struct Config {};

  static int sniff(const Sample& sample) {
    const CsvHeader header(sample, ',');
    const bool is =
        header.has("Timestamp") && header.has("Request tokens") && header.has("Response tokens");
    return is ? certainty::kCertain : certainty::kNo;
  }

  static Trace read(TraceInput& input, const Config&) {
    TraceBuilder builder(TraceBuilder::Kind::kLengths, 0, input.spill());
    CsvTable table(input, ',', {"Timestamp", "Request tokens", "Response tokens"},
                   {"Session ID", "Log Type"});
    table.each_row([&](std::span<const std::string_view> values) {
      RequestRow row;
      row.arrival = csv_time(values[0], "Timestamp", 1'000'000'000);
      row.input_tokens = csv_u32(values[1], "Request tokens");
      row.output_tokens = csv_u32(values[2], "Response tokens");
      if (!values[3].empty()) row.session = csv_text(values[3], "Session ID");
      if (!values[4].empty()) row.category = csv_text(values[4], "Log Type");
      builder.begin_request(row);
    });
    return builder.finish("", std::string(kName));
  }
};

static_assert(TraceFormat<BurstGptFormat>);

}  // namespace kvsim
