#include "model/torch/recurrent/embedding_cache.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "model/torch/recurrent/checkpoint.hpp"
#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"
#include "sim/engine/block_keys.hpp"
#include "sim/engine/keyed_lookups.hpp"

namespace kvsim::torch_models {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kRows = 300;
constexpr std::int64_t kWidth = 5;

// A file with a matrix whose element (i, j) is i + j / 8.
class EmbeddingFile : public testing::Test {
 protected:
  void SetUp() override {
    path_ = fs::temp_directory_path() / ("kvsim-embedding-" + std::to_string(::getpid()));
    Checkpoint file;
    at::Tensor matrix = at::empty({kRows, kWidth}, at::kFloat);
    for (std::int64_t i = 0; i < kRows; ++i) {
      for (std::int64_t j = 0; j < kWidth; ++j) {
        matrix[i][j] = static_cast<double>(i) + static_cast<double>(j) / 8;
      }
    }
    file.tensors["embedding"] = matrix;
    write_checkpoint(path_, file);
  }
  void TearDown() override { fs::remove(path_); }

  // Few tokens often, most seldom.
  static std::vector<Token> stream() {
    Rng rng(9);
    std::vector<Token> tokens(4000);
    for (Token& t : tokens) t = static_cast<Token>(std::pow(rng.uniform(), 3) * kRows);
    return tokens;
  }
  static EmbeddingCacheConfig config_of(const std::string& policy, unsigned bits = 0) {
    EmbeddingCacheConfig config;
    config.policy = parse_policy(policy);
    config.capacity = 40;
    KeySpec keys;
    keys.bits = bits;
    config.keys = checked(keys);
    config.seed = 4;
    return config;
  }

  fs::path path_;
};

TEST_F(EmbeddingFile, RowsAreRead) {
  const EmbeddingStore store(path_, "embedding");
  EXPECT_EQ(store.rows(), kRows);
  EXPECT_EQ(store.width(), kWidth);
  std::vector<float> row(kWidth);
  store.read(7, row);
  EXPECT_EQ(row, (std::vector<float>{7, 7.125, 7.25, 7.375, 7.5}));
  EXPECT_THROW(EmbeddingStore(path_, "output"), InputError);
  fs::resize_file(path_, 2000);
  EXPECT_THROW(store.read(kRows - 1, row), InputError);
}

TEST_F(EmbeddingFile, HitsAsTheSimulatorDoes) {
  const EmbeddingStore store(path_, "embedding");
  const std::vector<Token> tokens = stream();
  const Trace trace = object_trace(tokens);
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  for (const ComponentInfo& policy : list_policies()) {
    if (policy.name == "belady" || policy.name == "belady_size") continue;
    const EmbeddingCacheConfig config = config_of(policy.name);
    const EmbeddingRun run = run_embedding_cache(store, config, tokens, 100);
    EXPECT_TRUE(run.is_equal) << policy.name;
    ReplayJob job;
    job.stream = &stream;
    job.capacity = config.capacity;
    job.seed = config.seed;
    const ReplayOutcome replayed = replay(job, config.policy);
    EXPECT_EQ(run.counts.hits, replayed.counts.hits) << policy.name;
    EXPECT_EQ(run.counts.cache.evictions, replayed.counts.cache.evictions) << policy.name;
    EXPECT_EQ(run.counts.cache.rejected, replayed.counts.cache.rejected) << policy.name;
    EXPECT_EQ(run.counts.false_hits, 0);
  }
}

TEST_F(EmbeddingFile, FalseHitsAsTheSimulatorDoes) {
  const EmbeddingStore store(path_, "embedding");
  const std::vector<Token> tokens = stream();
  const Trace trace = object_trace(tokens);
  const AccessStream plain = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  for (const char* policy : {"lru", "arc", "s3fifo", "wtinylfu", "tinylfu+lru"}) {
    const EmbeddingCacheConfig config = config_of(policy, 8);
    const EmbeddingRun run = run_embedding_cache(store, config, tokens);
    EXPECT_TRUE(run.is_equal) << policy;  // a false hit is seen
    EXPECT_GT(run.counts.false_hits, 0);
    const BlockKeys keys = make_block_keys(plain, config.keys);
    const AccessStream stream = keyed_stream(plain, keys);
    ReplayJob job;
    job.stream = &stream;
    job.capacity = config.capacity;
    job.seed = config.seed;
    KeyedLookups keyed;
    keyed.blocks = &plain;
    keyed.keys = &keys;
    job.keyed = keyed;
    const ReplayOutcome replayed = replay(job, config.policy);
    EXPECT_EQ(run.counts.hits, replayed.counts.hits) << policy;
    EXPECT_EQ(run.counts.false_hits, replayed.keyed->counts.false_hits) << policy;
    const RunResult result = result_of(run, config, store, tokens, "words");
    EXPECT_EQ(result.collisions->keys.observed, keys.collisions());
  }
}

TEST_F(EmbeddingFile, AnyTableFindsTheSame) {
  const EmbeddingStore store(path_, "embedding");
  const std::vector<Token> tokens = stream();
  const std::uint64_t hits = run_embedding_cache(store, config_of("lru"), tokens).counts.hits;
  for (const ComponentInfo& table : list_tables()) {
    EmbeddingCacheConfig config = config_of("lru");
    config.table = parse_table(table.name);
    if (table.name == "dense") {
      EXPECT_THROW(make_embedding_cache(store, config), InputError);
      continue;
    }
    const EmbeddingRun run = run_embedding_cache(store, config, tokens);
    EXPECT_EQ(run.counts.hits, hits) << table.name;
    EXPECT_TRUE(run.is_equal) << table.name;
  }
}

}  // namespace
}  // namespace kvsim::torch_models
