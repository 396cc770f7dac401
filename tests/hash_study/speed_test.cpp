#include "sim/hash/study/speed.hpp"

#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "sim/hash/hasher.hpp"
#include "sim/table/driven_table.hpp"

namespace kvsim {
namespace {

// The formula itself is held to hand-worked numbers in tests/model/cost.
TEST(ModelledPrefill, ComputesWhatIsNotCached) {
  CostSpec spec;
  spec.model = "llama-3.1-8b";
  spec.gpu = "h100";
  const auto model = make_cost_model(spec);
  const PrefillTime half = modelled_prefill(*model, 4096, 0.5);
  EXPECT_EQ(half.kind, "modelled");
  EXPECT_EQ(half.device, "h100");
  EXPECT_EQ(half.seconds, model->prefill_seconds(2048, 2048));
  EXPECT_FALSE(half.assumptions.empty());
  // All cached: the last token is computed all the same.
  EXPECT_EQ(modelled_prefill(*model, 4096, 1).seconds, model->prefill_seconds(4095, 1));
}

// Of 1,000 tokens, 62 whole blocks of 16 are hashed at 1 ms each.
TEST(HashingShares, OfTheTimeToFirstToken) {
  const std::vector<HashSpeed> speeds = {{"x", "kvsim", 16, 1e-3, 1e3, 6.4e4}};
  PrefillTime prefill;
  prefill.prompt_tokens = 1000;
  prefill.seconds = 0.248;
  prefill.kind = "measured";
  EXPECT_NEAR(hashing_shares(speeds, prefill).front().seconds, 0.062, 1e-12);
  EXPECT_NEAR(hashing_shares(speeds, prefill).front().share, 0.25, 1e-12);
  prefill.kind = "modelled";
  EXPECT_NEAR(hashing_shares(speeds, prefill).front().share, 0.2, 1e-12);
}

TEST(TimeHashes, EveryFunctionAndChainAtEveryBlockSize) {
  HashSpeedOptions options;
  options.hashes = {{"xxh3_64", {}}, {"sha256", {}}};
  options.chains = {{"vllm_sha256_cbor", {}}};
  options.block_tokens = {16, 512};
  options.prompt_tokens = 2048;
  options.rounds = 3;
  options.seconds_per_round = 1e-5;
  std::size_t steps = 0;
  options.on_progress = [&](std::size_t, std::size_t total, const std::string&) {
    ++steps;
    EXPECT_EQ(total, 18U);
  };
  const auto speeds = time_hashes(options);
  EXPECT_EQ(steps, 18U);
  ASSERT_EQ(speeds.size(), 6U);
  for (const HashSpeed& s : speeds) {
    EXPECT_GT(s.seconds_per_block, 0);
    EXPECT_NEAR(s.blocks_per_second * s.seconds_per_block, 1, 1e-9);
    EXPECT_NEAR(s.bytes_per_second, 4 * static_cast<double>(s.block_tokens) / s.seconds_per_block,
                1e-3);
  }
  EXPECT_EQ(speeds[4].hash, "sha256");
  EXPECT_EQ(speeds[4].chain, "vllm_sha256_cbor");
}

TEST(TimeTables, EveryTableLoadAndSize) {
  TableSpeedOptions options;
  options.tables = {{"linear_probing", {}}, {"std_unordered_map", {}}};
  options.loads = {0.5, 0.9};
  options.entries = {1024};
  options.most_lookups = 1000;
  const auto speeds = time_tables(options);
  ASSERT_EQ(speeds.size(), 4U);
  for (const TableSpeed& s : speeds) {
    EXPECT_GT(s.entries, 0U);
    EXPECT_GT(s.hit_ns, 0);
    EXPECT_GT(s.miss_ns, 0);
    EXPECT_NEAR(s.memory_bytes_per_block * static_cast<double>(s.entries),
                static_cast<double>(s.memory_bytes), 1e-6);
  }
}

}  // namespace
}  // namespace kvsim
