#pragma once

#include "traces/writer/concept.hpp"
#include "traces/writer/needs.hpp"

namespace kvsim {

/// Lines `start count 0 line` as the ARC paper's traces have, successive ids in one line.
struct LisWriter {
  static constexpr std::string_view kName = "lis";
  static constexpr std::string_view kDoc = "Lines `start count 0 line` of successive ids.";
  static constexpr bool kNeedsBlocks = true;

  struct Config {};

  static void write(const Trace& trace, OutputFile& out, const Config&) {
    constexpr std::uint64_t kMaxCount = 1u << 20;
    const BlockColumns& blocks = need_accesses(trace, kName);
    std::uint64_t start = 0;
    std::uint64_t count = 0;
    std::uint64_t line = 0;
    const auto end_run = [&] {
      if (count == 0) return;
      out.write_u64(start);
      out.write(" ");
      out.write_u64(count);
      out.write(" 0 ");
      out.write_u64(line++);
      out.write("\n");
    };
    for (const Slot slot : blocks.slot) {
      const std::uint64_t id = id_of(blocks, slot);
      if (count > 0 && count < kMaxCount && id == start + count && id < UINT64_MAX) {
        ++count;
        continue;
      }
      end_run();
      start = id;
      count = 1;
    }
    end_run();
  }
};

static_assert(TraceWriter<LisWriter>);

}  // namespace kvsim
