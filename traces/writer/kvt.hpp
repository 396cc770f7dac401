#pragma once

#include "traces/writer/concept.hpp"
#include "traces/writer/kvt_file.hpp"

namespace kvsim {

/// kvsim's native format: every column, as it lies in memory or, with `zstd`, compressed.
struct KvtWriter {
  static constexpr std::string_view kName = "kvt";
  static constexpr std::string_view kDoc =
      "kvsim's native columns, the whole trace without loss, opened without parsing.";
  static constexpr bool kNeedsBlocks = false;

  struct Config {
    bool zstd = false;
    int level = 3;
    static auto fields() {
      return std::tuple{field("zstd", &Config::zstd, "Compress each column."),
                        field("level", &Config::level, 1, 19, "Of compression.")};
    }
  };

  static void write(const Trace& trace, OutputFile& out, const Config& config) {
    write_kvt(trace, out, config.zstd ? config.level : 0);
  }
};

static_assert(TraceWriter<KvtWriter>);

}  // namespace kvsim
