#pragma once

#include "traces/reader/concept.hpp"
#include "traces/reader/kvt_file.hpp"

namespace kvsim {

/// kvsim's native format: the columns of a trace as they lie in memory. A plain file is mapped and
/// used in place; one that is compressed as a whole is decompressed into memory first.
struct KvtFormat {
  static constexpr std::string_view kName = "kvt";
  static constexpr std::string_view kDoc =
      "kvsim's native columns, opened by mapping the file, without parsing (traces/FORMAT.md).";

  struct Config {
    bool verify = false;
    static auto fields() {
      return std::tuple{
          field("verify", &Config::verify,
                "Compare the checksums of large plain columns, too, which reads the whole file.")};
    }
  };

  static int sniff(const Sample& sample) {
    return is_kvt(sample.head) ? certainty::kCertain : certainty::kNo;
  }

  static Trace read(TraceInput& input, const Config& config) {
    return read_kvt(input, config.verify);
  }
};

static_assert(TraceFormat<KvtFormat>);

}  // namespace kvsim
