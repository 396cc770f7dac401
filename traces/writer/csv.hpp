#pragma once

#include "traces/writer/concept.hpp"
#include "traces/writer/needs.hpp"

namespace kvsim {

/// Comma-separated `time,id,size`, one line an access, with the columns that the trace carries.
struct CsvWriter {
  static constexpr std::string_view kName = "csv";
  static constexpr std::string_view kDoc =
      "Comma-separated time (s), id and size, as far as the trace carries them.";
  static constexpr bool kNeedsBlocks = true;

  struct Config {};

  static void write(const Trace& trace, OutputFile& out, const Config&) {
    const BlockColumns& blocks = need_accesses(trace, kName);
    const bool has_times = !trace.requests.arrival.empty();
    const bool has_sizes = !blocks.bytes.empty();
    out.write(has_times ? "time,id" : "id");
    out.write(has_sizes ? ",size\n" : "\n");
    for (std::uint64_t request = 0; request < trace.requests.count; ++request) {
      for (std::uint64_t i = blocks.begin(request); i < blocks.end(request); ++i) {
        if (has_times) {
          write_time(out, trace.requests.arrival[request], 9);
          out.write(",");
        }
        out.write_u64(id_of(blocks, blocks.slot[i]));
        if (has_sizes) {
          out.write(",");
          out.write_u64(bytes_of(blocks, i));
        }
        out.write("\n");
      }
    }
  }
};

static_assert(TraceWriter<CsvWriter>);

}  // namespace kvsim
