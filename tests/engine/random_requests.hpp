#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/core/rng.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim::test {

/// Requests of fewer than `blocks` blocks of 4 tokens, the last one often partly filled; block ids
/// up to a random number that is at most `ids`, small ones more often than large ones.
inline Trace random_requests(std::uint64_t seed, std::uint64_t ids, int requests,
                             std::uint64_t blocks) {
  Rng rng(seed);
  const std::uint64_t most = 1 + rng.below(ids);
  TraceBuilder builder(TraceBuilder::Kind::kBlocks, 4);
  for (int r = 0; r < requests; ++r) {
    const std::uint64_t count = rng.below(blocks);
    RequestRow row;
    row.input_tokens = static_cast<std::uint32_t>(count == 0 ? 0 : count * 4 - rng.below(4));
    builder.begin_request(row);
    for (std::uint64_t i = 0; i < count; ++i) {
      builder.add_block(std::min(rng.below(most), rng.below(most)));
    }
  }
  return builder.finish("random", "test");
}

}  // namespace kvsim::test
