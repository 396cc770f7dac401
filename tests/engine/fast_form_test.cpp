// A policy's faster form gives the plain form's counts, request by request.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sim/core/rng.hpp"
#include "sim/engine/replay.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

const std::vector<std::string> kPolicies = {
    "lru",          "fifo",        "sieve", "clock", "clock:bits=2", "clock:bits=3,initial=2",
    "clock:bits=7", "clock:bits=8"};

// Zipf-like picks with scans and loops between them.
Trace random_trace(std::uint64_t seed, std::uint64_t most_blocks) {
  Rng rng(seed);
  const std::uint64_t ids = 1 + rng.below(200);
  TraceBuilder builder(
      most_blocks == 0 ? TraceBuilder::Kind::kObjects : TraceBuilder::Kind::kBlocks,
      most_blocks == 0 ? 0 : 4);
  std::uint64_t scan = 0;
  for (int r = 0; r < 600; ++r) {
    const std::uint64_t blocks = most_blocks == 0 ? 1 : 1 + rng.below(most_blocks);
    if (most_blocks != 0) {
      RequestRow row;
      row.input_tokens = static_cast<std::uint32_t>(blocks * 4);
      builder.begin_request(row);
    }
    for (std::uint64_t i = 0; i < blocks; ++i) {
      std::uint64_t id = std::min({rng.below(ids), rng.below(ids), rng.below(ids)});
      if (r % 200 > 150) id = ids + scan++ % 90;
      if (most_blocks == 0) {
        builder.add_object(id, 0);
      } else {
        builder.add_block(id);
      }
    }
  }
  return builder.finish("random", "test");
}

void expect_equal(const AccessStream& stream, Reuse reuse, std::uint64_t seed) {
  for (const std::string& policy : kPolicies) {
    for (std::uint64_t capacity : {1, 2, 3, 7, 20, 64, 65, 150, 289, 1000}) {
      for (double warmup : {0.0, 0.3}) {
        std::vector<RequestOutcome> plain_requests, fast_requests;
        ReplayJob job;
        job.stream = &stream;
        job.reuse = reuse;
        job.capacity = capacity;
        job.warmup.share = warmup;
        job.plain_form = true;
        job.per_request = &plain_requests;
        const ReplayOutcome plain = replay(job, parse_policy(policy));
        job.plain_form = false;
        job.per_request = &fast_requests;
        const ReplayOutcome fast = replay(job, parse_policy(policy));
        for (std::size_t r = 0; r < plain_requests.size(); ++r) {
          ASSERT_EQ(plain_requests[r].hit_blocks, fast_requests[r].hit_blocks)
              << policy << " at " << capacity << ", seed " << seed << ", request " << r;
          ASSERT_EQ(plain_requests[r].evictions, fast_requests[r].evictions);
          ASSERT_EQ(plain_requests[r].insertions, fast_requests[r].insertions);
        }
        job.per_request = nullptr;  // and by the loop that counts hits alone
        for (const ReplayOutcome& o : {fast, replay(job, parse_policy(policy))}) {
          EXPECT_EQ(plain.counts.requests, o.counts.requests);
          EXPECT_EQ(plain.counts.hits, o.counts.hits) << policy << " at " << capacity;
          EXPECT_EQ(plain.counts.request_hits, o.counts.request_hits);
          EXPECT_EQ(plain.counts.hit_tokens, o.counts.hit_tokens);
          EXPECT_EQ(plain.counts.cache.insertions, o.counts.cache.insertions);
          EXPECT_EQ(plain.counts.cache.evictions, o.counts.cache.evictions);
          EXPECT_EQ(plain.filled, o.filled);
          EXPECT_EQ(plain.warmup_requests, o.warmup_requests);
          EXPECT_EQ(plain.occupied_peak, o.occupied_peak);
          EXPECT_EQ(plain.occupied_mean, o.occupied_mean);
        }
      }
    }
  }
}

TEST(FastForm, CountsAsThePlainFormOverObjects) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Trace trace = random_trace(seed, 0);
    AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
    stream.previous = derive_previous(stream);
    expect_equal(stream, Reuse::kObject, seed);
  }
}

// Requests hold a block more than once, too.
TEST(FastForm, CountsAsThePlainFormOverRequests) {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    const Trace trace = random_trace(seed, 6);
    for (TouchOrder order : {TouchOrder::kHeadFirst, TouchOrder::kTailFirst}) {
      for (Lookup lookup : {Lookup::kAll, Lookup::kFullBlocks}) {
        AccessStream stream = make_stream(trace, 0, lookup, order);
        stream.previous = derive_previous(stream);
        expect_equal(stream, Reuse::kPrefix, seed);
        if (order == TouchOrder::kHeadFirst) expect_equal(stream, Reuse::kObject, seed);
      }
    }
  }
}

TEST(FastForm, LruFallsBackWithoutThePreviousColumn) {
  const Trace trace = random_trace(1, 0);
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  ReplayJob job;
  job.stream = &stream;
  job.capacity = 10;
  const ReplayOutcome fallback = replay(job, parse_policy("lru"));
  job.plain_form = true;
  EXPECT_EQ(fallback.counts.hits, replay(job, parse_policy("lru")).counts.hits);
  EXPECT_EQ(fallback.metadata_bytes, replay(job, parse_policy("lru")).metadata_bytes);
}

}  // namespace
}  // namespace kvsim
