#pragma once

#include "traces/writer/concept.hpp"
#include "traces/writer/needs.hpp"

namespace kvsim {

/// One id a line, one line an access.
struct IdsWriter {
  static constexpr std::string_view kName = "ids";
  static constexpr std::string_view kDoc = "One id a line, nothing else.";
  static constexpr bool kNeedsBlocks = true;

  struct Config {};

  static void write(const Trace& trace, OutputFile& out, const Config&) {
    const BlockColumns& blocks = need_accesses(trace, kName);
    for (const Slot slot : blocks.slot) {
      out.write_u64(id_of(blocks, slot));
      out.write("\n");
    }
  }
};

static_assert(TraceWriter<IdsWriter>);

}  // namespace kvsim
