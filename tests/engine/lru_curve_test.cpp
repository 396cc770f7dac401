// The curve of all capacities says what a replay at each of them counts.
#include "sim/engine/lru_curve.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

Trace random_requests(std::uint64_t seed) {
  Rng rng(seed);
  const std::uint64_t ids = 1 + rng.below(120);
  TraceBuilder builder(TraceBuilder::Kind::kBlocks, 4);
  for (int r = 0; r < 150; ++r) {
    const std::uint64_t blocks = rng.below(7);
    RequestRow row;
    row.input_tokens = static_cast<std::uint32_t>(blocks == 0 ? 0 : blocks * 4 - rng.below(4));
    builder.begin_request(row);
    for (std::uint64_t i = 0; i < blocks; ++i) {
      builder.add_block(std::min(rng.below(ids), rng.below(ids)));
    }
  }
  return builder.finish("random", "test");
}

TEST(LruCurve, CountsAsAReplayAtEachCapacity) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const Trace trace = random_requests(seed);
    for (TouchOrder order : {TouchOrder::kHeadFirst, TouchOrder::kTailFirst}) {
      for (Lookup lookup : {Lookup::kAll, Lookup::kFullBlocks}) {
        const AccessStream stream = make_stream(trace, 0, lookup, order);
        for (Reuse reuse : {Reuse::kPrefix, Reuse::kObject}) {
          if (reuse == Reuse::kObject && order == TouchOrder::kTailFirst) continue;
          for (double warmup : {0.0, 0.4}) {
            const LruCurve curve = lru_curve(stream, reuse, {warmup, false});
            ReplayJob job;
            job.stream = &stream;
            job.reuse = reuse;
            job.warmup.share = warmup;
            for (job.capacity = 1; job.capacity <= stream.distinct + 2; ++job.capacity) {
              const ReplayCounts counts = replay(job, parse_policy("lru")).counts;
              ASSERT_EQ(curve.hits(job.capacity), counts.hits) << seed << " at " << job.capacity;
              ASSERT_EQ(curve.hit_tokens(job.capacity), counts.hit_tokens);
              ASSERT_EQ(curve.accesses(), counts.accesses);
              ASSERT_EQ(curve.tokens(), counts.tokens);
            }
            EXPECT_LE(curve.largest_useful(), stream.distinct);
          }
        }
      }
    }
  }
}

TEST(LruCurve, RefusesWhatDependsOnOneCapacity) {
  const Trace trace = random_requests(1);
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  EXPECT_THROW((void)lru_curve(stream, Reuse::kObject, {0, true}), InputError);
}

}  // namespace
}  // namespace kvsim
