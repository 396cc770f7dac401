#include "experiments/sampled_curves.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "experiments/curves.hpp"
#include "experiments/target.hpp"
#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"
#include "tests/experiments/workload_files.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

class CurvesTest : public ::testing::Test {
 protected:
  CurvesTest() {
    folder_.write("chat.jsonl", test::chat_trace(400));
    folder_.write("objects.csv", test::object_trace(3000));
    std::string many;  // of 2,000 ids, low ones more often
    Rng rng(1);
    for (int i = 0; i < 20'000; ++i) {
      many += fmt::format("{}\n", std::min(rng.below(2000), rng.below(2000)));
    }
    folder_.write("many.txt", many);
    folder_.write("prompts.jsonl", test::token_trace(100));
  }

  ExperimentConfig config(const std::string& trace, const std::string& more) const {
    ExperimentConfig read =
        parse_experiment(fmt::format(R"({{"traces": "{}", {}}})", trace, more), "x.json");
    read.folder = folder_.path();
    return read;
  }
  std::vector<Curve> sampled(const std::string& trace, const std::string& more,
                             const CurveSample& sample) const {
    const ExperimentConfig asked = config(trace, more);
    return sampled_curves(asked, {}, open_traces(asked), sample);
  }
  std::vector<Curve> whole(const std::string& trace, const std::string& more) const {
    return sweep_curves(run_experiment(config(trace, more), {}).runs);
  }
  std::vector<Curve> targets(const std::string& trace, const std::string& more,
                             const std::string& ratio, double value) const {
    const ExperimentConfig asked = config(trace, more);
    return reach_target(asked, {}, open_traces(asked), ratio, value);
  }

  test::TemporaryFolder folder_;
};

CurveSample of_rate(double rate) {
  CurveSample sample;
  sample.rate = rate;
  return sample;
}

CurveSample of_size(std::uint32_t size) {
  CurveSample sample;
  sample.size = size;
  return sample;
}

// Nothing is left out, nothing scaled.
TEST_F(CurvesTest, ASampleOfAllIsTheSweep) {
  const std::string policies = R"("policies": ["arc", "lru", "tinylfu+lru", "sieve", "belady"],
    "capacities": [1, 7, 20, 90, 400], "warmup": 0.2)";
  for (const char* trace : {"chat.jsonl", "objects.csv", "prompts.jsonl"}) {
    for (const char* more : {"", R"(, "reuse": "object")", R"(, "lookup": "full_blocks")",
                             R"(, "touch_order": "tail_first")"}) {
      if (std::string(trace) == "objects.csv" && *more != '\0') continue;
      const std::vector<Curve> exact = whole(trace, policies + more);
      for (const CurveSample& sample : {of_rate(1), of_size(1'000'000)}) {
        const std::vector<Curve> curves = sampled(trace, policies + more, sample);
        ASSERT_EQ(curves.size(), exact.size());
        for (std::size_t c = 0; c < curves.size(); ++c) {
          EXPECT_EQ(curves[c].policy, exact[c].policy);
          EXPECT_EQ(curves[c].method, exact[c].policy == "lru" ? "shards" : "miniature");
          EXPECT_EQ(curves[c].rate, 1.0);
          if (curves[c].error) {
            EXPECT_EQ(curves[c].error->max, 0.0);
          }
          ASSERT_EQ(curves[c].capacity_blocks, exact[c].capacity_blocks);
          ASSERT_EQ(curves[c].token_hit.size(), exact[c].token_hit.size());
          for (std::size_t i = 0; i < exact[c].block_hit.size(); ++i) {
            EXPECT_NEAR(curves[c].block_hit[i], exact[c].block_hit[i], 1e-12) << exact[c].policy;
            if (exact[c].token_hit.empty()) continue;
            EXPECT_NEAR(curves[c].token_hit[i], exact[c].token_hit[i], 1e-12) << trace << more;
          }
        }
      }
    }
  }
}

// The stated standard error against what it estimates: the spread over seeds.
TEST_F(CurvesTest, TheStatedErrorIsTheSpreadOverSeeds) {
  const std::string policies = R"("policies": ["lru", "s3fifo"], "capacities": [200, 400, 800])";
  constexpr int kSeeds = 30;
  for (const std::size_t policy : {0u, 1u}) {
    double stated = 0;
    std::vector<double> values;
    double mean = 0;
    for (int seed = 1; seed <= kSeeds; ++seed) {
      const auto curves =
          sampled("many.txt", policies + fmt::format(R"(, "seeds": {})", seed), of_rate(0.5));
      stated += curves[policy].error.value().mean / kSeeds;
      values.push_back(curves[policy].block_hit[1]);
      mean += values.back() / kSeeds;
    }
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double spread = std::sqrt(squares / (kSeeds - 1));
    EXPECT_GT(stated, spread / 2);
    EXPECT_LT(stated, spread * 2);
  }
}

TEST_F(CurvesTest, MeasuresAnError) {
  Curve estimate;
  Curve truth;
  estimate.block_hit = {0.1, 0.5};
  truth.block_hit = {0.2, 0.8};
  truth.method = "exact";
  measure_error(estimate, truth);
  EXPECT_EQ(estimate.error.value().kind, "absolute_error");
  EXPECT_NEAR(estimate.error.value().mean, 0.2, 1e-12);
  EXPECT_NEAR(estimate.error.value().max, 0.3, 1e-12);
}

TEST_F(CurvesTest, RefusesWhatASampleCannotTell) {
  const auto refused = [&](const char* trace, const std::string& more, const char* says) {
    try {
      (void)sampled(trace, more, of_rate(0.5));
      ADD_FAILURE() << more;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    }
  };
  refused("chat.jsonl", R"("policies": "random", "capacities": 9)", "random");
  refused("chat.jsonl", R"("policies": "arc", "capacities": 9, "warmup": "full")", "warm-up");
  refused("objects.csv", R"("policies": "lru", "capacities": "10kB")", "bytes");
  refused("chat.jsonl", R"("policies": "lru", "capacities": 9, "organisation": "prefix_trie")",
          "prefix_trie");
  EXPECT_THROW((void)sampled("chat.jsonl", R"("policies": "arc", "capacities": 9)", of_rate(1e-9)),
               InputError);
}

// Against a replay at every capacity.
TEST_F(CurvesTest, FindsTheLeastCapacity) {
  std::string all = "1";
  for (int capacity = 2; capacity <= 200; ++capacity) all += fmt::format(", {}", capacity);
  const std::string policies = R"("policies": ["lru", "arc", "fifo", "s3fifo"], "capacities": [)";
  for (const char* trace : {"chat.jsonl", "objects.csv"}) {
    const std::vector<Curve> curves = whole(trace, policies + all + "]");
    const std::vector<Curve> found = targets(trace, policies + "1]", "block_hit", 0.25);
    ASSERT_EQ(found.size(), curves.size());
    for (std::size_t c = 0; c < curves.size(); ++c) {
      const CurveTarget& target = found[c].target.value();
      ASSERT_TRUE(target.capacity_blocks) << trace << curves[c].policy;
      const std::uint64_t capacity = *target.capacity_blocks;
      ASSERT_LE(capacity, 200u);
      EXPECT_EQ(target.reached, curves[c].block_hit[capacity - 1]);
      EXPECT_GE(target.reached, 0.25);
      if (capacity > 1) {
        EXPECT_LT(curves[c].block_hit[capacity - 2], 0.25) << curves[c].policy;
      }
      if (curves[c].policy != "lru") continue;
      for (std::uint64_t less = 1; less < capacity; ++less) {
        EXPECT_LT(curves[c].block_hit[less - 1], 0.25);
      }
    }
  }
}

TEST_F(CurvesTest, SaysTheMostWhereATargetIsOutOfReach) {
  const std::string policies = R"("policies": ["lru", "arc"], "capacities": 1)";
  for (const Curve& curve : targets("chat.jsonl", policies, "token_hit", 1)) {
    EXPECT_FALSE(curve.target.value().capacity_blocks);
    const Curve all = whole("chat.jsonl", R"("policies": "lru", "capacities": 1000000)").front();
    EXPECT_EQ(curve.target.value().reached, all.token_hit.front());
  }
  EXPECT_THROW((void)targets("objects.csv", policies, "token_hit", 0.5), InputError);
}

// With sizes, and at capacities below the largest object, too.
TEST_F(CurvesTest, ExactCurvesInBytesAreThoseOfReplays) {
  const std::string bytes = R"("policies": "lru", "capacities": ["100B", "500B", "2kB", "9kB",
    "20kB", "100kB"])";
  RunnerOptions options;
  options.exact_curves = true;
  const Results exact = run_experiment(config("objects.csv", bytes), options);
  ASSERT_EQ(exact.curves.size(), 1u);
  EXPECT_TRUE(exact.runs.empty());
  const std::vector<Curve> replayed = whole("objects.csv", bytes);
  EXPECT_EQ(exact.curves[0].method, "exact");
  EXPECT_EQ(exact.curves[0].capacity_bytes, replayed.at(0).capacity_bytes);
  EXPECT_EQ(exact.curves[0].block_hit, replayed.at(0).block_hit);
  EXPECT_GT(exact.curves[0].block_hit.back(), exact.curves[0].block_hit.front());
}

}  // namespace
}  // namespace kvsim
