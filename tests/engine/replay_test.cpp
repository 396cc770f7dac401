#include "sim/engine/replay.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

// Requests over a random tree: each extends, or branches off, an earlier one.
Trace random_requests(std::uint64_t seed, std::uint32_t requests, std::uint32_t block_size) {
  Rng rng(seed);
  std::vector<std::vector<std::uint64_t>> paths;
  std::uint64_t fresh = 0;
  TraceBuilder builder(TraceBuilder::Kind::kBlocks, block_size);
  for (std::uint32_t r = 0; r < requests; ++r) {
    std::vector<std::uint64_t> path;
    if (!paths.empty() && rng.below(4) != 0) {
      path = paths[rng.below(paths.size())];
      path.resize(1 + rng.below(path.size()));
    }
    const std::uint64_t more = rng.below(6) + (path.empty() ? 1 : 0);
    for (std::uint64_t i = 0; i < more; ++i) path.push_back(fresh++);
    RequestRow row;
    row.input_tokens =
        static_cast<std::uint32_t>((path.size() - 1) * block_size + 1 + rng.below(block_size));
    row.output_tokens = 1;
    builder.begin_request(row);
    for (std::uint64_t id : path) builder.add_block(id);
    paths.push_back(path);
  }
  return builder.finish("random", "test");
}

struct Expected {
  std::uint64_t hits = 0, hit_tokens = 0, request_hits = 0, insertions = 0, evictions = 0;
  std::vector<std::uint32_t> per_request;
};

// LRU or FIFO by a list, counted as DESIGN defines the reuse modes.
Expected naive(const AccessStream& s, Reuse reuse, bool lru, std::uint64_t capacity,
               std::uint64_t warmup) {
  std::list<Slot> order;
  Expected e;
  const auto find = [&](Slot x) { return std::find(order.begin(), order.end(), x); };
  for (std::uint64_t r = 0; r < s.requests; ++r) {
    const std::uint64_t begin = s.begin(r), end = s.end(r), n = s.lookups_of(r);
    const bool tail = s.touch_order == TouchOrder::kTailFirst;
    std::uint64_t run = 0, hits = 0, tokens = 0;
    while (run < n && find(s.slot[tail ? end - 1 - run : begin + run]) != order.end()) ++run;
    for (std::uint64_t i = begin; i < end; ++i) {
      const auto it = find(s.slot[i]);
      if (it != order.end()) {
        if (reuse == Reuse::kObject && i - begin < n) {
          ++hits;
          tokens += s.prefix_tokens(r, i - begin + 1) - s.prefix_tokens(r, i - begin);
        }
        if (lru) order.splice(order.begin(), order, it);
        continue;
      }
      if (order.size() == capacity) {
        order.pop_back();
        if (r >= warmup) ++e.evictions;
      }
      order.push_front(s.slot[i]);
      if (r >= warmup) ++e.insertions;
    }
    if (reuse == Reuse::kPrefix) {
      hits = run;
      tokens = s.prefix_tokens(r, run);
    }
    e.per_request.push_back(static_cast<std::uint32_t>(hits));
    if (r < warmup) continue;
    e.hits += hits;
    e.hit_tokens += tokens;
    e.request_hits += hits > 0 ? 1 : 0;
  }
  return e;
}

TEST(Replay, CountsAsANaiveReplayDoes) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Trace trace = random_requests(seed, 80, 4);
    for (Lookup lookup : {Lookup::kAll, Lookup::kFullBlocks}) {
      for (TouchOrder order : {TouchOrder::kHeadFirst, TouchOrder::kTailFirst}) {
        const AccessStream stream = make_stream(trace, 0, lookup, order);
        for (Reuse reuse : {Reuse::kObject, Reuse::kPrefix}) {
          if (reuse == Reuse::kObject && order == TouchOrder::kTailFirst) continue;
          for (std::uint64_t capacity : {1, 3, 20, 1000}) {
            for (const char* policy : {"lru", "fifo"}) {
              for (double share : {0.0, 0.37}) {
                std::vector<RequestOutcome> per_request;
                ReplayJob job;
                job.stream = &stream;
                job.reuse = reuse;
                job.capacity = capacity;
                job.warmup.share = share;
                job.per_request = &per_request;
                const ReplayOutcome got = replay(job, parse_policy(policy));
                const std::uint64_t warmup = static_cast<std::uint64_t>(share * 80);
                const Expected want =
                    naive(stream, reuse, policy == std::string("lru"), capacity, warmup);
                ASSERT_EQ(got.counts.hits, want.hits) << policy << seed;
                ASSERT_EQ(got.counts.hit_tokens, want.hit_tokens);
                ASSERT_EQ(got.counts.request_hits, want.request_hits);
                ASSERT_EQ(got.counts.cache.insertions, want.insertions);
                ASSERT_EQ(got.counts.cache.evictions, want.evictions);
                ASSERT_EQ(got.counts.requests, 80 - warmup);
                ASSERT_EQ(got.warmup_requests, warmup);
                for (std::size_t r = 0; r < want.per_request.size(); ++r) {
                  ASSERT_EQ(per_request[r].hit_blocks, want.per_request[r]);
                }
              }
            }
          }
        }
      }
    }
  }
}

// The plain form and the general form must count alike: weighing objects of size 1 in bytes takes
// the general one.
TEST(Replay, GeneralFormCountsAsThePlainOne) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Rng rng(seed);
    TraceBuilder builder(TraceBuilder::Kind::kObjects);
    for (int i = 0; i < 3000; ++i) {
      const std::uint64_t a = rng.below(300), b = rng.below(300);
      builder.add_object(std::min(a, b), 1);
    }
    const Trace trace = builder.finish("unit", "test");
    AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
    stream.next = derive_next(stream);
    for (const ComponentInfo& policy : list_policies()) {
      for (std::uint64_t capacity : {10, 57, 120}) {
        ReplayJob job;
        job.stream = &stream;
        job.capacity = capacity;
        const ReplayOutcome plain = replay(job, parse_policy(policy.name));
        job.weigh_bytes = true;
        const ReplayOutcome general = replay(job, parse_policy(policy.name));
        EXPECT_EQ(plain.counts.hits, general.counts.hits) << policy.name << " at " << capacity;
        EXPECT_EQ(plain.counts.cache.evictions, general.counts.cache.evictions) << policy.name;
        EXPECT_LE(plain.occupied_peak, capacity);
        EXPECT_LE(general.occupied_peak, capacity);
      }
    }
  }
}

TEST(Replay, WarmupIsTheDecimalShareThatIsWritten) {
  TraceBuilder builder(TraceBuilder::Kind::kObjects);
  for (std::uint64_t id = 0; id < 100; ++id) builder.add_object(id, 0);
  const Trace trace = builder.finish("objects", "test");
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  ReplayJob job;
  job.stream = &stream;
  job.capacity = 2;
  for (int percent = 0; percent < 100; ++percent) {
    job.warmup.share = percent / 100.0;
    EXPECT_EQ(replay(job, parse_policy("lru")).warmup_requests, percent);
  }
}

TEST(Replay, WarmupUntilFullCountsFromTheRequestAfter) {
  TraceBuilder builder(TraceBuilder::Kind::kObjects);
  for (std::uint64_t id : {1, 2, 1, 3, 3, 1}) builder.add_object(id, 0);
  const Trace trace = builder.finish("objects", "test");
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  ReplayJob job;
  job.stream = &stream;
  job.capacity = 2;
  job.warmup.until_full = true;
  const ReplayOutcome got = replay(job, parse_policy("lru"));
  EXPECT_TRUE(got.filled);
  EXPECT_EQ(got.warmup_requests, 4U);  // the first 3 needs an eviction
  EXPECT_EQ(got.counts.requests, 2U);
  EXPECT_EQ(got.counts.hits, 2U);
  EXPECT_EQ(got.counts.cache.evictions, 0U);

  job.capacity = 10;
  const ReplayOutcome never = replay(job, parse_policy("lru"));
  EXPECT_FALSE(never.filled);
  EXPECT_EQ(never.counts.requests, 0U);
}

// A recorded run: block size 2. Request 0 holds its two blocks while request 1 asks for room.
TEST(Replay, RecordedEventsPinBlocksBetweenLookupAndRelease) {
  TraceBuilder builder(TraceBuilder::Kind::kTokens);
  RequestRow row;
  row.input_tokens = 4;
  row.output_tokens = 1;
  const auto add = [&](std::vector<Token> input) {
    builder.begin_request(row);
    const std::vector<Token> output = {99};
    builder.add_tokens(input, output);
  };
  add({1, 2, 3, 4});
  builder.add_event(0, EventKind::kLookup, 0, 1);
  builder.add_event(1, EventKind::kInsert, 0, 2);
  builder.add_event(6, EventKind::kRelease, 0, 2);
  add({5, 6, 7, 8});
  builder.add_event(2, EventKind::kLookup, 0, 1);
  builder.add_event(3, EventKind::kInsert, 0, 2);  // one fits; the other is rejected: all pinned
  builder.add_event(7, EventKind::kRelease, 0, 2);
  add({1, 2, 3, 4});
  builder.add_event(4, EventKind::kLookup, 0, 1);
  builder.add_event(5, EventKind::kInsert, 1, 1);
  builder.add_event(8, EventKind::kRelease, 0, 2);
  add({9, 10, 11, 12});
  builder.add_event(9, EventKind::kLookup, 0, 1);
  builder.add_event(10, EventKind::kInsert, 0, 2);  // now blocks may leave
  const Trace trace = builder.finish("recorded", "test");
  const AccessStream stream = make_stream(trace, 2, Lookup::kAll, TouchOrder::kHeadFirst);
  std::vector<RequestOutcome> per_request;
  ReplayJob job;
  job.stream = &stream;
  job.reuse = Reuse::kPrefix;
  job.capacity = 3;
  job.per_request = &per_request;
  const ReplayOutcome got = replay(job, parse_policy("lru"));
  EXPECT_EQ(per_request[1].insertions, 1U);
  EXPECT_EQ(per_request[1].rejected, 1U);
  EXPECT_EQ(per_request[2].hit_blocks, 1U);
  EXPECT_EQ(per_request[2].hit_tokens, 2U);
  EXPECT_EQ(per_request[3].evictions, 2U);
  EXPECT_EQ(got.counts.accesses, 4U);
  EXPECT_EQ(got.counts.tokens, 16U);
}

TEST(Replay, RefusesWhatDoesNotFitTogether) {
  TraceBuilder builder(TraceBuilder::Kind::kObjects);
  builder.add_object(1, 0);
  const Trace trace = builder.finish("objects", "test");
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  ReplayJob job;
  job.stream = &stream;
  job.capacity = 1;
  job.reuse = Reuse::kPrefix;
  EXPECT_THROW((void)replay(job, parse_policy("lru")), InputError);
  job.reuse = Reuse::kObject;
  job.weigh_bytes = true;
  EXPECT_THROW((void)replay(job, parse_policy("lru")), InputError);
  job.weigh_bytes = false;
  job.capacity = 0;
  EXPECT_THROW((void)replay(job, parse_policy("lru")), InputError);
  job.capacity = 1;
  EXPECT_THROW((void)replay(job, parse_policy("lru"), "flta"), InputError);
  EXPECT_THROW((void)replay(job, parse_policy("belady")), InputError);  // next not derived
}

}  // namespace
}  // namespace kvsim
