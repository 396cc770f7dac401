#include "sim/metrics/modelled_speedup.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <vector>

#include "model/cost/presets.hpp"
#include "sim/core/error.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

std::shared_ptr<const CostModel> a_model() {
  return make_roofline(find_model("llama-3.1-8b"), find_gpu("h100"));
}

TEST(TimeStatistics, NearestRanks) {
  std::vector<double> times;
  for (int i = 200; i >= 1; --i) times.push_back(i);
  const TimeStatistics t = time_statistics(times);
  EXPECT_EQ(t.mean, 100.5);
  EXPECT_EQ(t.p50, 100);
  EXPECT_EQ(t.p99, 198);
  EXPECT_EQ(time_statistics({3}).p99, 3);
}

class ModelledSpeedup : public testing::Test {
 protected:
  ModelledSpeedup() {
    trace_.name = "made";
    trace_.requests.count = prompts_.size();
    trace_.requests.input_tokens = prompts_;
    trace_.requests.output_tokens = outputs_;
    stream_.trace = &trace_;
    stream_.requests = prompts_.size();
    stream_.block_size = 16;
    for (const std::uint64_t hit : hits_) {
      RequestOutcome outcome;
      outcome.hit_tokens = hit;
      outcomes_.push_back(outcome);
    }
  }

  std::vector<std::uint32_t> prompts_{1000, 64, 5000, 1, 3000};
  std::vector<std::uint32_t> outputs_{10, 0, 1, 500, 2};
  std::vector<std::uint64_t> hits_{0, 64, 4992, 0, 1600};
  Trace trace_;
  AccessStream stream_;
  std::vector<RequestOutcome> outcomes_;
};

TEST_F(ModelledSpeedup, IsTheNaiveSum) {
  const auto model = a_model();
  const RequestCosts costs = request_costs(stream_, model);
  const std::uint64_t warmup = 1;
  double with = 0, without = 0, decode = 0, tokens = 0, missed = 0;
  for (std::size_t r = warmup; r < prompts_.size(); ++r) {
    const std::uint64_t n = prompts_[r];
    const std::uint64_t cached = std::min<std::uint64_t>(hits_[r], n - 1);
    with += model->prefill_seconds(cached, n - cached);
    without += model->prefill_seconds(0, n);
    for (std::uint64_t i = 0; i + 1 < outputs_[r]; ++i) {
      const std::uint64_t context = n + i;
      decode += model->decode_step_seconds(std::span(&context, 1));
    }
    tokens += static_cast<double>(n);
    missed += static_cast<double>(n - hits_[r]);
  }
  const auto speedup = modelled_speedup(costs, stream_, outcomes_, warmup);
  ASSERT_TRUE(speedup);
  EXPECT_EQ(speedup->kind, "modelled");
  EXPECT_DOUBLE_EQ(speedup->prefill.value(), without / with);
  EXPECT_DOUBLE_EQ(speedup->prefill_bound.value(), tokens / missed);
  EXPECT_NEAR(speedup->end_to_end.value(), (without + decode) / (with + decode), 1e-12);
  EXPECT_DOUBLE_EQ(speedup->ttft_with->mean, with / 4);
  EXPECT_DOUBLE_EQ(speedup->ttft_without->p99, model->prefill_seconds(0, 5000));
  EXPECT_FALSE(speedup->throughput);
}

TEST_F(ModelledSpeedup, WithoutOutputLengthsThereIsNoEnd) {
  trace_.requests.output_tokens = {};
  const auto speedup = modelled_speedup(request_costs(stream_, a_model()), stream_, outcomes_, 0);
  EXPECT_FALSE(speedup->end_to_end);
}

TEST_F(ModelledSpeedup, NothingWhereNothingIsCounted) {
  EXPECT_FALSE(modelled_speedup(request_costs(stream_, a_model()), stream_, outcomes_, 5));
}

TEST_F(ModelledSpeedup, RefusesTracesWithoutTokens) {
  trace_.requests.input_tokens = {};
  EXPECT_THROW((void)request_costs(stream_, a_model()), InputError);
}

}  // namespace
}  // namespace kvsim
