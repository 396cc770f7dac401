#pragma once

#include <fmt/format.h>

#include <cstring>

#include "sim/core/error.hpp"
#include "traces/writer/concept.hpp"
#include "traces/writer/needs.hpp"

namespace kvsim {

/// Ids as little-endian 32-bit integers, one an access.
struct Int32Writer {
  static constexpr std::string_view kName = "int32";
  static constexpr std::string_view kDoc = "Ids as little-endian 32-bit integers, nothing else.";
  static constexpr bool kNeedsBlocks = true;

  struct Config {
    bool renumber = false;
    static auto fields() {
      return std::tuple{field("renumber", &Config::renumber,
                              "Number the ids 0, 1, … in order of first appearance.")};
    }
  };

  static void write(const Trace& trace, OutputFile& out, const Config& config) {
    const BlockColumns& blocks = need_accesses(trace, kName);
    for (const Slot slot : blocks.slot) {
      const std::uint64_t id = config.renumber ? slot : id_of(blocks, slot);
      if (id > UINT32_MAX) {
        throw InputError(
            fmt::format("trace '{}' cannot be written as {}: id {} needs more than 32 "
                        "bits (int32:renumber=true numbers them anew)",
                        trace.name, kName, id));
      }
      const auto narrow = static_cast<std::uint32_t>(id);
      char bytes[4];
      std::memcpy(bytes, &narrow, sizeof bytes);
      out.write({bytes, sizeof bytes});
    }
  }
};

static_assert(TraceWriter<Int32Writer>);

}  // namespace kvsim
