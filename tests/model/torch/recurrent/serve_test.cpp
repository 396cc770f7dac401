#include "model/torch/recurrent/serve.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"
#include "sim/engine/replay.hpp"

namespace kvsim::torch_models {
namespace {

RecurrentModel small_model(Cell cell) {
  RecurrentShape shape;
  shape.cell = cell;
  shape.vocabulary = 20;
  shape.embedding = shape.hidden = 8;
  shape.layers = 2;
  const RecurrentModel drawn(shape, 3, at::kCPU);
  // Far from even, so that a wrong state would choose other tokens.
  RecurrentModel::Parameters parameters;
  for (const auto& [name, tensor] : drawn.parameters()) parameters.emplace_back(name, tensor * 4);
  return {shape, parameters};
}

std::vector<std::vector<Token>> prompts(std::uint64_t requests) {
  Rng rng(2);
  std::vector<Token> text(400);
  for (Token& token : text) token = static_cast<Token>(rng.below(20));
  SharedHeads shape;
  shape.requests = requests;
  shape.heads = 3;
  shape.head_tokens = 21;
  shape.tail_tokens = 6;
  return prompts_of(text, shape);
}

RecurrentServeConfig config_of(const std::string& policy, std::uint64_t capacity) {
  RecurrentServeConfig config;
  config.policy = parse_policy(policy);
  config.capacity = capacity;
  config.block_size = 4;
  config.output_tokens = 7;
  config.keys = checked(KeySpec{});
  return config;
}

class EveryCellServes : public testing::TestWithParam<Cell> {};

TEST_P(EveryCellServes, AlikeFromCachedStates) {
  const RecurrentModel model = small_model(GetParam());
  const RecurrentServing serving = serve_recurrent(model, prompts(30), config_of("lru", 40));
  EXPECT_TRUE(serving.is_equal());
  EXPECT_LT(serving.largest_difference(), 1e-5);
  std::uint64_t hits = 0;
  for (const RecurrentRequest& r : serving.requests) {
    EXPECT_EQ(r.output.size(), 7);
    hits += r.cache.hit_blocks;
  }
  // Each of the later requests finds the five full blocks of its head unless they were evicted.
  EXPECT_GT(hits, 50);
  EXPECT_GT(serving.counts.evictions, 0);
}

INSTANTIATE_TEST_SUITE_P(All, EveryCellServes,
                         testing::Values(Cell::kRnn, Cell::kGru, Cell::kLstm));

TEST(RecurrentServing, WouldSeeAWrongState) {
  // The same prompts under two models differ: the comparison is no formality.
  const RecurrentServing a =
      serve_recurrent(small_model(Cell::kLstm), prompts(4), config_of("lru", 40));
  const RecurrentServing b =
      serve_recurrent(small_model(Cell::kGru), prompts(4), config_of("lru", 40));
  EXPECT_NE(a.requests[0].output, b.requests[0].output);
}

TEST(RecurrentServing, ReplaysAsItRan) {
  const RecurrentModel model = small_model(Cell::kGru);
  for (const char* policy : {"lru", "fifo", "arc", "s3fifo", "lfu", "slru", "random", "wtinylfu"}) {
    const RecurrentServeConfig config = config_of(policy, 25);
    const RecurrentServing serving = serve_recurrent(model, prompts(40), config);
    const AccessStream stream =
        make_stream(serving.trace, config.block_size, Lookup::kFullBlocks, TouchOrder::kHeadFirst);
    ReplayJob job;
    job.stream = &stream;
    job.reuse = Reuse::kPrefix;
    job.capacity = config.capacity;
    job.seed = config.seed;
    std::vector<RequestOutcome> replayed;
    job.per_request = &replayed;
    replay(job, config.policy);
    ASSERT_EQ(replayed.size(), serving.requests.size());
    for (std::size_t r = 0; r < replayed.size(); ++r) {
      EXPECT_EQ(replayed[r].hit_blocks, serving.requests[r].cache.hit_blocks) << policy << ' ' << r;
      EXPECT_EQ(replayed[r].evictions, serving.requests[r].cache.evictions) << policy << ' ' << r;
      EXPECT_EQ(replayed[r].insertions, serving.requests[r].cache.insertions) << policy << ' ' << r;
    }
  }
}

TEST(RecurrentServing, ResultSaysWhatHappened) {
  const RecurrentModel model = small_model(Cell::kLstm);
  const RecurrentServeConfig config = config_of("fifo", 25);
  const RecurrentServing serving = serve_recurrent(model, prompts(20), config);
  const RunResult run = result_of(serving, config, model.shape(), "words");
  EXPECT_EQ(run.counts.requests, 20);
  EXPECT_EQ(*run.counts.tokens, 20 * 27);
  EXPECT_EQ(run.counts.accesses, 20 * 6);  // the last token is never looked up
  EXPECT_EQ(*run.counts.hit_tokens, run.counts.hits * 4);
  EXPECT_EQ(*run.capacity.bytes, 25 * model.shape().state_bytes());
  ASSERT_EQ(run.speedup.size(), 1);
  EXPECT_EQ(run.speedup[0].kind, "measured");
  EXPECT_GT(*run.speedup[0].prefill, 0);
}

TEST(SharedHeads, RefuseAShortText) {
  EXPECT_THROW(prompts_of(std::vector<Token>(10, 1), {}), InputError);
}

}  // namespace
}  // namespace kvsim::torch_models
