#pragma once

#include "traces/reader/concept.hpp"
#include "traces/reader/csv_table.hpp"
#include "traces/reader/sniff.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Azure's LLM inference traces of 2023 and 2024 (Patel et al., ISCA 2024, and successors): CSV
/// with `TIMESTAMP` (a date and time), `ContextTokens` and `GeneratedTokens`. Load only: nothing
/// says which requests share content. Times count from the earliest request.
struct AzureLlmFormat {
  static constexpr std::string_view kName = "azure_llm";
  static constexpr std::string_view kDoc =
      "CSV of arrival times and token counts, load without reuse (Azure LLM inference traces, ISCA "
      "2024).";

  struct Config {};

  static int sniff(const Sample& sample) {
    const CsvHeader header(sample, ',');
    const bool is =
        header.has("TIMESTAMP") && header.has("ContextTokens") && header.has("GeneratedTokens");
    return is ? certainty::kCertain : certainty::kNo;
  }

  static Trace read(TraceInput& input, const Config&) {
    TraceBuilder builder(TraceBuilder::Kind::kLengths, 0, input.spill());
    builder.start_at_earliest();
    CsvTable table(input, ',', {"TIMESTAMP", "ContextTokens", "GeneratedTokens"});
    table.each_row([&](std::span<const std::string_view> values) {
      const std::optional<TimeNs> time = parse_date_time(values[0]);
      if (!time) {
        bad_field("TIMESTAMP", quoted(values[0]), "a date and time such as 2023-11-16 18:17:03.97");
      }
      RequestRow row;
      row.arrival = *time;
      row.input_tokens = csv_u32(values[1], "ContextTokens");
      row.output_tokens = csv_u32(values[2], "GeneratedTokens");
      builder.begin_request(row);
    });
    return builder.finish("", std::string(kName));
  }
};

static_assert(TraceFormat<AzureLlmFormat>);

}  // namespace kvsim
