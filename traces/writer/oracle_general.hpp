#pragma once

#include <fmt/format.h>

#include <cstring>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "traces/writer/concept.hpp"
#include "traces/writer/needs.hpp"

namespace kvsim {

/// libCacheSim's records of 24 bytes, one an access; a request's blocks follow each other at its
/// time, which is cut to whole seconds. Accesses are counted from 1; -1 stands for no next access.
struct OracleGeneralWriter {
  static constexpr std::string_view kName = "oracle_general";
  static constexpr std::string_view kDoc =
      "Binary records of time, object, size and next access (libCacheSim).";
  static constexpr bool kNeedsBlocks = true;

  struct Config {
    bool fill = false;
    static auto fields() {
      return std::tuple{field("fill", &Config::fill,
                              "Where the trace carries no sizes or times, write size 1 and time 0 "
                              "instead of refusing.")};
    }
  };

  static void write(const Trace& trace, OutputFile& out, const Config& config) {
    const BlockColumns& blocks = need_accesses(trace, kName);
    const bool has_times = !trace.requests.arrival.empty();
    const bool has_sizes = !blocks.bytes.empty();
    if (!config.fill) {
      if (!has_sizes) lacks(trace, kName, "object sizes (oracle_general:fill=true writes 1)");
      if (!has_times) lacks(trace, kName, "arrival times (oracle_general:fill=true writes 0)");
    }
    const std::vector<std::uint32_t> next = next_accesses(blocks);
    for (std::uint64_t request = 0; request < trace.requests.count; ++request) {
      const std::int64_t seconds = has_times ? trace.requests.arrival[request] / 1'000'000'000 : 0;
      if (seconds < 0 || seconds > UINT32_MAX) {
        throw InputError(
            fmt::format("trace '{}' cannot be written as {}: request {} is at {} s, "
                        "allowed is 0 to {}",
                        trace.name, kName, request, seconds, UINT32_MAX));
      }
      for (std::uint64_t i = blocks.begin(request); i < blocks.end(request); ++i) {
        write_record(out, static_cast<std::uint32_t>(seconds), id_of(blocks, blocks.slot[i]),
                     has_sizes ? bytes_of(blocks, i) : 1,
                     next[i] == 0 ? -1 : std::int64_t{next[i]});
      }
    }
  }

 private:
  /// Counted from 1; 0: none.
  static std::vector<std::uint32_t> next_accesses(const BlockColumns& blocks) {
    std::vector<std::uint32_t> next(blocks.accesses());
    std::vector<std::uint32_t> later(blocks.distinct, 0);
    for (std::uint64_t i = blocks.accesses(); i-- > 0;) {
      next[i] = std::exchange(later[blocks.slot[i]], static_cast<std::uint32_t>(i + 1));
    }
    return next;
  }

  static void write_record(OutputFile& out, std::uint32_t time, std::uint64_t id,
                           std::uint32_t size, std::int64_t next) {
    char record[24];
    std::memcpy(record, &time, 4);
    std::memcpy(record + 4, &id, 8);
    std::memcpy(record + 12, &size, 4);
    std::memcpy(record + 16, &next, 8);
    out.write({record, sizeof record});
  }
};

static_assert(TraceWriter<OracleGeneralWriter>);

}  // namespace kvsim
