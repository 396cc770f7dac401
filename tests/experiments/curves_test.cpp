#include "experiments/curves.hpp"

#include <gtest/gtest.h>

namespace kvsim {
namespace {

TEST(LogSpaced, IncludesBothEndsAndRises) {
  EXPECT_EQ(log_spaced(1, 1000, 4), (std::vector<std::uint64_t>{1, 10, 100, 1000}));
  EXPECT_EQ(log_spaced(5, 5, 3), std::vector<std::uint64_t>{5});
  const std::vector<std::uint64_t> small = log_spaced(1, 6, 50);
  EXPECT_EQ(small, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
  const std::vector<std::uint64_t> large = log_spaced(183, 182'790, 20);
  EXPECT_EQ(large.front(), 183u);
  EXPECT_EQ(large.back(), 182'790u);
  EXPECT_EQ(large.size(), 20u);
}

TEST(EvenlySpaced, IncludesBothEnds) {
  EXPECT_EQ(evenly_spaced(1, 10, 4), (std::vector<std::uint64_t>{1, 4, 7, 10}));
  EXPECT_EQ(evenly_spaced(3, 5, 9), (std::vector<std::uint64_t>{3, 4, 5}));
  EXPECT_EQ(evenly_spaced(5, 5, 3), std::vector<std::uint64_t>{5});
}

RunResult run(const std::string& policy, std::uint64_t capacity, double hit) {
  RunResult result;
  result.trace = "t";
  result.policy = policy;
  result.reuse = "prefix";
  result.capacity.blocks = capacity;
  result.ratios.block_hit = hit;
  return result;
}

TEST(SweepCurves, SortsEachPolicysPoints) {
  RunResult no_ratio = run("arc", 5, 0);
  no_ratio.ratios = {};
  RunResult in_bytes = run("lru", 4096, 0.4);
  std::swap(in_bytes.capacity.blocks, in_bytes.capacity.bytes);
  const std::vector<Curve> curves = sweep_curves(
      {run("lru", 10, 0.2), run("arc", 10, 0.3), run("lru", 1, 0.1), no_ratio, in_bytes});
  ASSERT_EQ(curves.size(), 3u);
  EXPECT_EQ(curves[2].capacity_bytes, std::vector<std::uint64_t>{4096});
  EXPECT_TRUE(curves[2].capacity_blocks.empty());
  EXPECT_EQ(curves[0].policy, "lru");
  EXPECT_EQ(curves[0].method, "sweep");
  EXPECT_EQ(curves[0].capacity_blocks, (std::vector<std::uint64_t>{1, 10}));
  EXPECT_EQ(curves[0].block_hit, (std::vector<double>{0.1, 0.2}));
  EXPECT_TRUE(curves[0].token_hit.empty());
  EXPECT_EQ(curves[1].capacity_blocks, std::vector<std::uint64_t>{10});
}

}  // namespace
}  // namespace kvsim
