#include "traces/transform/sampled_trace.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/core/rng.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

constexpr std::uint32_t kBlockSize = 4;

Trace random_requests(std::uint64_t seed) {
  Rng rng(seed);
  TraceBuilder builder(TraceBuilder::Kind::kBlocks, kBlockSize);
  for (int r = 0; r < 300; ++r) {
    const std::uint64_t blocks = rng.below(9);
    RequestRow row;
    row.input_tokens =
        static_cast<std::uint32_t>(blocks == 0 ? 0 : blocks * kBlockSize - rng.below(kBlockSize));
    builder.begin_request(row);
    for (std::uint64_t i = 0; i < blocks; ++i) builder.add_block(rng.below(200));
  }
  return builder.finish("random", "test");
}

TEST(SampledTrace, IsTheTraceAtRateOne) {
  const Trace trace = random_requests(1);
  const Trace sampled = sampled_trace(trace, *trace.blocks, {});
  EXPECT_EQ(sampled.requests.count, trace.requests.count);
  EXPECT_EQ(sampled.blocks->distinct, trace.blocks->distinct);
  EXPECT_TRUE(std::ranges::equal(sampled.blocks->slot, trace.blocks->slot));
  EXPECT_TRUE(std::ranges::equal(sampled.blocks->offset, trace.blocks->offset));
  EXPECT_TRUE(std::ranges::equal(sampled.blocks->id, trace.blocks->id));
}

// Of each request the sampled blocks, of which as many are full and looked up as before.
TEST(SampledTrace, KeepsWhatLengthsSayOfTheBlocks) {
  const Trace trace = random_requests(2);
  const BlockColumns& blocks = *trace.blocks;
  SpatialSampling sampling;
  sampling.rate = 0.4;
  const Trace sampled = sampled_trace(trace, blocks, sampling);
  ASSERT_EQ(sampled.requests.count, trace.requests.count);
  for (std::uint64_t r = 0; r < trace.requests.count; ++r) {
    const std::uint64_t length = trace.requests.input_tokens[r];
    std::vector<std::uint64_t> ids;
    std::uint64_t full = 0;
    std::uint64_t looked_up = 0;
    for (std::uint64_t i = blocks.begin(r); i < blocks.end(r); ++i) {
      if (!sampling.takes(blocks.slot[i])) continue;
      ids.push_back(blocks.id[blocks.slot[i]]);
      const std::uint64_t number = i - blocks.begin(r);
      full += number < length / kBlockSize ? 1 : 0;
      looked_up += number < (length - 1) / kBlockSize ? 1 : 0;
    }
    std::vector<std::uint64_t> found;
    for (std::uint64_t i = sampled.blocks->begin(r); i < sampled.blocks->end(r); ++i) {
      found.push_back(sampled.blocks->id[sampled.blocks->slot[i]]);
    }
    ASSERT_EQ(found, ids);
    if (ids.empty()) continue;
    const std::uint64_t now = sampled.requests.input_tokens[r];
    EXPECT_EQ(std::min<std::uint64_t>(ids.size(), now / kBlockSize), full) << r;
    EXPECT_EQ(std::min<std::uint64_t>(ids.size(), (now - 1) / kBlockSize), looked_up) << r;
    if (full < ids.size()) {
      EXPECT_EQ(now % kBlockSize, length % kBlockSize);
    }
  }
}

TEST(SampledTrace, LeavesOutObjectsWithTheirRequests) {
  TraceBuilder builder(TraceBuilder::Kind::kObjects, 0);
  Rng rng(3);
  for (int i = 0; i < 500; ++i) {
    const std::uint64_t id = rng.below(100);
    builder.add_object(id, static_cast<std::uint32_t>(10 + id));
  }
  const Trace trace = builder.finish("objects", "test");
  SpatialSampling sampling;
  sampling.rate = 0.3;
  const Trace sampled = sampled_trace(trace, *trace.blocks, sampling);
  std::vector<std::uint64_t> expected;
  for (const Slot s : trace.blocks->slot) {
    if (sampling.takes(s)) expected.push_back(trace.blocks->id[s]);
  }
  ASSERT_FALSE(expected.empty());
  ASSERT_EQ(sampled.requests.count, expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Slot s = sampled.blocks->slot[i];
    ASSERT_LT(s, sampled.blocks->distinct);
    EXPECT_EQ(sampled.blocks->id[s], expected[i]);
    EXPECT_EQ(sampled.blocks->bytes[s], 10 + expected[i]);
  }
}

}  // namespace
}  // namespace kvsim
