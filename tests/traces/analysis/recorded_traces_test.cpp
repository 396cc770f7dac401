// Published counts of recorded traces, where they are at hand.

#include <gtest/gtest.h>

#include <filesystem>

#include "traces/analysis/trace_info.hpp"
#include "traces/reader/open_trace.hpp"

namespace kvsim {
namespace {

const std::filesystem::path kTraces = KVSIM_SOURCE_DIR "/../shared/traces";

TEST(RecordedTracesTest, MooncakeConversation) {
  const std::filesystem::path path = kTraces / "mooncake/conversation_trace.jsonl";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  const TraceInfo info = analyse(open_trace(path));
  EXPECT_EQ(info.kind, "blocks");
  EXPECT_EQ(info.block_size, 512u);
  EXPECT_EQ(info.requests, 12'031u);
  EXPECT_EQ(info.input_tokens->sum, 144'793'823u);
  EXPECT_EQ(info.blocks->accesses, 288'500u);
  EXPECT_EQ(info.blocks->distinct, 182'790u);
  EXPECT_EQ(info.blocks->prefix->hits, 105'710u);
  EXPECT_EQ(info.blocks->object.hits, 105'710u);
  EXPECT_NEAR(info.blocks->prefix->block_hit, 0.366, 0.0005);
  EXPECT_NEAR(*info.blocks->prefix->token_hit, 0.374, 0.0005);
  EXPECT_NEAR(info.times->duration_s, 3'537, 1);
  EXPECT_TRUE(info.times->monotone);
}

TEST(RecordedTracesTest, MooncakeSynthetic) {
  const std::filesystem::path path = kTraces / "mooncake/synthetic_trace.jsonl";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  const TraceInfo info = analyse(open_trace(path));
  EXPECT_EQ(info.requests, 3'993u);
  EXPECT_EQ(info.blocks->accesses, 121'877u);
  EXPECT_EQ(info.blocks->distinct, 43'924u);
}

TEST(RecordedTracesTest, BlockStorage) {
  const std::filesystem::path path = kTraces / "classic/cloudPhysicsIO.oracleGeneral.bin";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  const TraceInfo info = analyse(open_trace(path));
  EXPECT_EQ(info.kind, "objects");
  EXPECT_EQ(info.requests, 113'872u);
  EXPECT_EQ(info.blocks->distinct, 48'974u);
  EXPECT_EQ(*info.blocks->accessed_bytes, 4'368'040'448u);
  EXPECT_EQ(*info.blocks->footprint_bytes, 2'029'769'728u);
}

}  // namespace
}  // namespace kvsim
