// The curve of all capacities says what a replay at each of them counts.
#include "sim/engine/lru_curve.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <list>

#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"
#include "tests/engine/random_requests.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

Trace random_requests(std::uint64_t seed) { return test::random_requests(seed, 120, 150, 7); }

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

// Objects of sizes up to `largest`, some of which are used often.
Trace random_objects(std::uint64_t seed, std::uint32_t largest) {
  Rng rng(seed);
  TraceBuilder builder(TraceBuilder::Kind::kObjects, 0);
  const std::uint64_t ids = 1 + rng.below(60);
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t id = std::min(rng.below(ids), rng.below(ids));
    builder.add_object(id, static_cast<std::uint32_t>(1 + (id * 7919) % largest));
  }
  return builder.finish("objects", "test");
}

// Mattson's stack as a list: hits where the object and all above it fit.
std::uint64_t hits_of_stack(const AccessStream& stream, std::uint64_t first,
                            std::uint64_t capacity) {
  std::list<Slot> stack;
  std::uint64_t hits = 0;
  for (std::uint64_t p = 0; p < stream.slot.size(); ++p) {
    std::uint64_t bytes = 0;
    for (auto it = stack.begin(); it != stack.end(); ++it) {
      bytes += stream.bytes[*it];
      if (*it != stream.slot[p]) continue;
      if (p >= first && bytes <= capacity) ++hits;
      stack.erase(it);
      break;
    }
    stack.push_front(stream.slot[p]);
  }
  return hits;
}

RC_GTEST_PROP(LruByteCurve, IsTheStacksTopAndTheReplay, ()) {
  const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  const auto largest = *rc::gen::element<std::uint32_t>(1, 3, 50, 4096);
  const Trace trace = random_objects(seed, largest);
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  const double warmup = *rc::gen::element(0.0, 0.5);
  const LruByteCurve curve = lru_byte_curve(stream, {warmup, false});
  for (int i = 0; i < 10; ++i) {
    ReplayJob job;
    job.stream = &stream;
    job.weigh_bytes = true;
    job.warmup.share = warmup;
    job.capacity = *rc::gen::inRange<std::uint64_t>(1, 60 * std::uint64_t{largest} + 2);
    RC_ASSERT(curve.hits(job.capacity) ==
              hits_of_stack(stream, warmup == 0 ? 0 : 200, job.capacity));
    if (job.capacity < largest) continue;
    const ReplayCounts counts = replay(job, parse_policy("lru")).counts;
    RC_ASSERT(curve.hits(job.capacity) == counts.hits);
    RC_ASSERT(curve.accesses() == counts.accesses);
  }
}

TEST(LruByteCurve, NeedsSizes) {
  const Trace trace = random_requests(1);
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  EXPECT_THROW((void)lru_byte_curve(stream, {}), InputError);
}

}  // namespace
}  // namespace kvsim
