// At rate 1 the exact curve; below it, within what sampling leaves.
#include "sim/engine/shards.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"
#include "sim/engine/lru_curve.hpp"
#include "tests/engine/random_requests.hpp"
#include "traces/reader/open_trace.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

Trace random_requests(std::uint64_t seed) { return test::random_requests(seed, 300, 200, 9); }

// Popularity falls as 1/rank, by the inverse of its integral.
Trace zipf(std::uint64_t seed, double objects, int accesses) {
  Rng rng(seed);
  TraceBuilder builder(TraceBuilder::Kind::kObjects, 0);
  for (int i = 0; i < accesses; ++i) {
    builder.add_object(static_cast<std::uint64_t>(std::pow(objects, rng.uniform())), 0);
  }
  return builder.finish("zipf", "test");
}

std::vector<std::uint64_t> capacities_up_to(std::uint64_t last, std::uint64_t count) {
  std::vector<std::uint64_t> capacities;
  for (std::uint64_t i = 1; i <= count; ++i) {
    const std::uint64_t capacity = std::max<std::uint64_t>(1, last * i / count);
    if (capacities.empty() || capacities.back() != capacity) capacities.push_back(capacity);
  }
  return capacities;
}

RC_GTEST_PROP(Shards, IsExactWhereNothingIsLeftOut, ()) {
  const Trace trace = random_requests(*rc::gen::inRange<std::uint64_t>(0, 10000));
  const TouchOrder order = *rc::gen::element(TouchOrder::kHeadFirst, TouchOrder::kTailFirst);
  const Lookup lookup = *rc::gen::element(Lookup::kAll, Lookup::kFullBlocks);
  const AccessStream stream = make_stream(trace, 0, lookup, order);
  const Reuse reuse = order == TouchOrder::kTailFirst
                          ? Reuse::kPrefix
                          : *rc::gen::element(Reuse::kPrefix, Reuse::kObject);
  const Warmup warmup{*rc::gen::element(0.0, 0.3), false};
  ShardsSample sample;
  sample.blocks.seed = *rc::gen::arbitrary<std::uint64_t>();
  sample.most_blocks = *rc::gen::element(0U, stream.distinct, stream.distinct + 7);
  const auto capacities = capacities_up_to(stream.distinct + 1, 40);
  const LruCurve exact = lru_curve(stream, reuse, warmup);
  const CurveEstimate estimate = shards_curve(stream, reuse, warmup, capacities, sample);
  RC_ASSERT(estimate.rate == 1.0);
  for (std::size_t i = 0; i < capacities.size(); ++i) {
    const auto ratio = [](std::uint64_t part, std::uint64_t whole) {
      return static_cast<double>(part) / static_cast<double>(whole);
    };
    RC_ASSERT(std::abs(estimate.block_hit[i] - ratio(exact.hits(capacities[i]), exact.accesses())) <
              1e-12);
    RC_ASSERT(std::abs(estimate.token_hit[i] -
                       ratio(exact.hit_tokens(capacities[i]), exact.tokens())) < 1e-12);
  }
}

RC_GTEST_PROP(Shards, FixedSizeHoldsNoMore, ()) {
  const Trace trace = random_requests(*rc::gen::inRange<std::uint64_t>(0, 10000));
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  ShardsSample sample;
  sample.blocks.seed = *rc::gen::arbitrary<std::uint64_t>();
  sample.most_blocks = *rc::gen::inRange<std::uint32_t>(1, 40);
  const auto capacities = capacities_up_to(stream.distinct, 20);
  const CurveEstimate estimate = shards_curve(stream, Reuse::kObject, {}, capacities, sample);
  RC_ASSERT(estimate.sampled_blocks <= sample.most_blocks);
  RC_ASSERT(estimate.rate > 0 && estimate.rate <= 1);
  RC_ASSERT((estimate.rate < 1) == (stream.distinct > sample.most_blocks));
  RC_ASSERT(std::is_sorted(estimate.block_hit.begin(), estimate.block_hit.end()));
}

TEST(Shards, PartsOfASampleAreDisjointAndAllOfIt) {
  SpatialSampling sampling;
  sampling.rate = 0.2;
  sampling.seed = 3;
  constexpr std::uint32_t kSlots = 100'000;
  std::uint32_t taken = 0;
  std::vector<std::uint32_t> in_part(8, 0);
  for (Slot s = 0; s < kSlots; ++s) {
    SpatialSampling part = sampling;
    part.parts = 8;
    std::uint32_t parts = 0;
    for (part.part = 0; part.part < part.parts; ++part.part) {
      if (!part.takes(s)) continue;
      ++parts;
      ++in_part[part.part];
    }
    ASSERT_EQ(parts, sampling.takes(s) ? 1u : 0u);
    taken += parts;
  }
  // Within five standard deviations of the binomial distribution.
  EXPECT_NEAR(taken, 0.2 * kSlots, 5 * std::sqrt(kSlots * 0.2 * 0.8));
  for (const std::uint32_t count : in_part) {
    EXPECT_NEAR(count, 0.025 * kSlots, 5 * std::sqrt(kSlots * 0.025 * 0.975));
  }
}

// Mean over seeds of the mean distance from the exact curve, over 100 capacities linear in the
// distinct blocks.
double mean_error(const AccessStream& stream, Reuse reuse, ShardsSample sample) {
  const LruCurve exact = lru_curve(stream, reuse, {});
  const auto capacities = capacities_up_to(stream.distinct, 100);
  constexpr std::uint64_t kSeeds = 5;
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    sample.blocks.seed = seed;
    const CurveEstimate estimate = shards_curve(stream, reuse, {}, capacities, sample);
    for (std::size_t i = 0; i < capacities.size(); ++i) {
      const double truth =
          static_cast<double>(exact.hits(capacities[i])) / static_cast<double>(exact.accesses());
      sum += std::abs(estimate.block_hit[i] - truth);
    }
  }
  return sum / static_cast<double>(kSeeds * capacities.size());
}

TEST(Shards, ComesCloseOnZipf) {
  const Trace trace = zipf(1, 200'000, 1'000'000);
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  ShardsSample fixed_rate;
  fixed_rate.blocks.rate = 0.01;
  EXPECT_LT(mean_error(stream, Reuse::kObject, fixed_rate), 0.01);
  ShardsSample fixed_size;
  fixed_size.most_blocks = 2'000;
  EXPECT_LT(mean_error(stream, Reuse::kObject, fixed_size), 0.01);
}

TEST(Shards, NeedsASample) {
  const Trace trace = random_requests(1);
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  const std::vector<std::uint64_t> capacities{1, 10};
  ShardsSample sample;
  sample.blocks.rate = 1e-9;
  EXPECT_THROW((void)shards_curve(stream, Reuse::kObject, {}, capacities, sample), InputError);
  EXPECT_THROW((void)shards_curve(stream, Reuse::kObject, {0, true}, capacities, {}), InputError);
}

// The recorded traces of more than a million accesses.
class RecordedTrace : public testing::TestWithParam<const char*> {};

TEST_P(RecordedTrace, OneInAHundredIsWithinAHundredth) {
  const auto path = std::filesystem::path(KVSIM_SOURCE_DIR) / "../shared/traces" / GetParam();
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  OpenOptions options;
  if (path.string().find("cache2k") != std::string::npos) options.format = "int32";
  const Trace trace = open_trace(path, options);
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  ASSERT_GT(stream.slot.size(), 1'000'000u);
  ShardsSample sample;
  sample.blocks.rate = 0.01;
  const Reuse reuse = trace.is_object_trace() ? Reuse::kObject : Reuse::kPrefix;
  EXPECT_LT(mean_error(stream, reuse, sample), 0.01);
}

INSTANTIATE_TEST_SUITE_P(Shards, RecordedTrace,
                         testing::Values("classic/P3.lis.zst", "classic/cache2k/orm-night.trace.xz",
                                         "agentic_hash/kv-cache-tester-710.rle.jsonl.xz"));

}  // namespace
}  // namespace kvsim
