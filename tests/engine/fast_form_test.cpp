// A policy's faster form gives the plain form's counts, request by request, and its sweep form, or
// several caches in one pass, those of each alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sim/core/rng.hpp"
#include "sim/engine/replay.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

const std::vector<std::string> kPolicies = {
    "lru",          "fifo",         "sieve", "clock", "clock:bits=2", "clock:bits=3,initial=2",
    "clock:bits=7", "clock:bits=8", "belady"};

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

AccessStream stream_of(const Trace& trace, Lookup lookup, TouchOrder order) {
  AccessStream stream = make_stream(trace, 0, lookup, order);
  stream.previous = derive_previous(stream);
  stream.next = derive_next(stream);
  return stream;
}

void expect_same_outcome(const ReplayOutcome& expected, const ReplayOutcome& o) {
  EXPECT_EQ(expected.counts.requests, o.counts.requests);
  EXPECT_EQ(expected.counts.accesses, o.counts.accesses);
  EXPECT_EQ(expected.counts.hits, o.counts.hits);
  EXPECT_EQ(expected.counts.request_hits, o.counts.request_hits);
  EXPECT_EQ(expected.counts.tokens, o.counts.tokens);
  EXPECT_EQ(expected.counts.hit_tokens, o.counts.hit_tokens);
  EXPECT_EQ(expected.counts.bytes, o.counts.bytes);
  EXPECT_EQ(expected.counts.hit_bytes, o.counts.hit_bytes);
  EXPECT_EQ(expected.counts.cache.insertions, o.counts.cache.insertions);
  EXPECT_EQ(expected.counts.cache.evictions, o.counts.cache.evictions);
  EXPECT_EQ(expected.counts.cache.rejected, o.counts.cache.rejected);
  EXPECT_EQ(expected.filled, o.filled);
  EXPECT_EQ(expected.warmup_requests, o.warmup_requests);
  EXPECT_EQ(expected.occupied_peak, o.occupied_peak);
  EXPECT_EQ(expected.occupied_mean, o.occupied_mean);
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
          SCOPED_TRACE(policy + " at " + std::to_string(capacity));
          expect_same_outcome(plain, o);
        }
      }
    }
  }
}

TEST(FastForm, CountsAsThePlainFormOverObjects) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Trace trace = random_trace(seed, 0);
    const AccessStream stream = stream_of(trace, Lookup::kAll, TouchOrder::kHeadFirst);
    expect_equal(stream, Reuse::kObject, seed);
  }
}

// Requests hold a block more than once, too.
TEST(FastForm, CountsAsThePlainFormOverRequests) {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    const Trace trace = random_trace(seed, 6);
    for (TouchOrder order : {TouchOrder::kHeadFirst, TouchOrder::kTailFirst}) {
      for (Lookup lookup : {Lookup::kAll, Lookup::kFullBlocks}) {
        const AccessStream stream = stream_of(trace, lookup, order);
        expect_equal(stream, Reuse::kPrefix, seed);
        if (order == TouchOrder::kHeadFirst) expect_equal(stream, Reuse::kObject, seed);
      }
    }
  }
}

void expect_pass_equals_each_alone(const AccessStream& stream, Reuse reuse, std::uint64_t seed) {
  for (const std::string policy : {"lru", "fifo", "clock", "sieve", "clock:bits=2", "arc", "belady",
                                   "random", "tinylfu+lru"}) {
    for (const Warmup warmup : {Warmup{0, false}, Warmup{0.3, false}, Warmup{0, true}}) {
      for (const std::uint32_t block_bytes : {0, 4096}) {
        std::vector<ReplayJob> jobs;
        for (std::uint64_t capacity : {150, 2, 7, 1, 64, 289, 1000, 20}) {
          ReplayJob job;
          job.stream = &stream;
          job.reuse = reuse;
          job.capacity = capacity;
          job.warmup = warmup;
          job.block_bytes = block_bytes;
          jobs.push_back(job);
        }
        for (std::size_t lanes : {std::size_t{2}, jobs.size()}) {
          const std::span<const ReplayJob> some(jobs.data(), lanes);
          const std::vector<ReplayOutcome> pass = replay_pass(some, parse_policy(policy));
          for (std::size_t i = 0; i < lanes; ++i) {
            SCOPED_TRACE(policy + " at " + std::to_string(jobs[i].capacity) + ", seed " +
                         std::to_string(seed));
            const ReplayOutcome alone = replay(jobs[i], parse_policy(policy));
            expect_same_outcome(alone, pass[i]);
            EXPECT_EQ(alone.metadata_bytes, pass[i].metadata_bytes);
          }
        }
      }
    }
  }
}

TEST(SweepForm, CountsAsEachCapacityAloneOverObjects) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Trace trace = random_trace(seed, 0);
    const AccessStream stream = stream_of(trace, Lookup::kAll, TouchOrder::kHeadFirst);
    expect_pass_equals_each_alone(stream, Reuse::kObject, seed);
  }
}

TEST(SweepForm, CountsAsEachCapacityAloneOverRequests) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Trace trace = random_trace(seed, 6);
    for (TouchOrder order : {TouchOrder::kHeadFirst, TouchOrder::kTailFirst}) {
      for (Lookup lookup : {Lookup::kAll, Lookup::kFullBlocks}) {
        const AccessStream stream = stream_of(trace, lookup, order);
        expect_pass_equals_each_alone(stream, Reuse::kPrefix, seed);
        if (order == TouchOrder::kHeadFirst) {
          expect_pass_equals_each_alone(stream, Reuse::kObject, seed);
        }
      }
    }
  }
}

// Independent caches take turns over pieces of a stream that is longer than one.
TEST(SweepForm, CountsAsEachCapacityAloneOverManyPieces) {
  for (const std::uint64_t blocks : {0, 5}) {
    TraceBuilder builder(blocks == 0 ? TraceBuilder::Kind::kObjects : TraceBuilder::Kind::kBlocks,
                         blocks == 0 ? 0 : 4);
    Rng rng(1);
    const std::uint64_t requests = 4'500'000 / std::max<std::uint64_t>(blocks, 1);
    for (std::uint64_t r = 0; r < requests; ++r) {
      if (blocks == 0) {
        builder.add_object(std::min(rng.below(5000), rng.below(5000)), 0);
        continue;
      }
      RequestRow row;
      row.input_tokens = static_cast<std::uint32_t>(blocks * 4);
      builder.begin_request(row);
      for (std::uint64_t i = 0; i < blocks; ++i) {
        builder.add_block(std::min(rng.below(5000), rng.below(5000)));
      }
    }
    const Trace trace = builder.finish("random", "test");
    const AccessStream stream = stream_of(trace, Lookup::kAll, TouchOrder::kHeadFirst);
    std::vector<ReplayJob> jobs(2);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      jobs[i].stream = &stream;
      jobs[i].reuse = blocks == 0 ? Reuse::kObject : Reuse::kPrefix;
      jobs[i].capacity = 100 * (i + 1);
      jobs[i].warmup.share = 0.5;
    }
    const std::vector<ReplayOutcome> pass = replay_pass(jobs, parse_policy("arc"));
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      expect_same_outcome(replay(jobs[i], parse_policy("arc")), pass[i]);
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
