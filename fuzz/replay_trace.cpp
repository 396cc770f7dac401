#include "fuzz/replay_trace.hpp"

#include "sim/core/error.hpp"
#include "sim/engine/replay.hpp"

namespace kvsim {

namespace {

void replay_one(const Trace& trace, std::uint32_t block_size, Lookup lookup, TouchOrder order,
                Reuse reuse) {
  static const PolicySpec kLru = parse_policy("lru");
  try {
    AccessStream stream = make_stream(trace, block_size, lookup, order);
    constexpr std::size_t kMostAccesses = 100'000;
    if (stream.slot.size() > kMostAccesses) return;
    stream.previous = derive_previous(stream);
    ReplayJob job;
    job.stream = &stream;
    job.reuse = reuse;
    job.capacity = 3;
    (void)replay(job, kLru);
    job.plain_form = true;
    (void)replay(job, kLru);
  } catch (const InputError&) {  // refused
  }
}

}  // namespace

void replay_trace(const Trace& trace) {
  for (const std::uint32_t block_size : {0U, 1U, 3U, 16U}) {
    for (const Lookup lookup : {Lookup::kAll, Lookup::kFullBlocks}) {
      replay_one(trace, block_size, lookup, TouchOrder::kHeadFirst, Reuse::kObject);
      replay_one(trace, block_size, lookup, TouchOrder::kHeadFirst, Reuse::kPrefix);
      replay_one(trace, block_size, lookup, TouchOrder::kTailFirst, Reuse::kPrefix);
    }
  }
}

}  // namespace kvsim
