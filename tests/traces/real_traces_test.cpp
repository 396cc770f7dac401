// The counts that the public traces are known to have. Skipped where the traces are absent.

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>

#include "tests/traces/support.hpp"
#include "traces/writer/write_trace.hpp"

namespace kvsim {
namespace {

struct Expected {
  const char* file;
  const char* format;    ///< to open with; "": detect
  const char* detected;  ///< what it must turn out to be
  std::uint64_t requests;
  std::uint64_t accesses;      ///< 0: no blocks
  std::uint32_t distinct;      ///< 0: not known
  std::uint64_t input_tokens;  ///< 0: not carried
};

std::ostream& operator<<(std::ostream& out, const Expected& e) { return out << e.file; }

std::uint64_t sum(const Column<std::uint32_t>& column) {
  return std::accumulate(column.begin(), column.end(), std::uint64_t{0});
}

class RealTraces : public testing::TestWithParam<Expected> {};

TEST_P(RealTraces, HaveTheirKnownCounts) {
  const auto shared = test::shared_traces();
  if (!shared)
    GTEST_SKIP() << "the public traces are absent; KVSIM_SHARED_TRACES names their folder";
  const Expected& expected = GetParam();
  OpenOptions options;
  options.format = expected.format;
  const Trace trace = open_trace(*shared / expected.file, options);
  EXPECT_EQ(trace.format, expected.detected);
  EXPECT_EQ(trace.requests.count, expected.requests);
  EXPECT_EQ(trace.blocks ? trace.blocks->accesses() : 0, expected.accesses);
  if (expected.distinct > 0) {
    EXPECT_EQ(trace.blocks->distinct, expected.distinct);
  }
  EXPECT_EQ(sum(trace.requests.input_tokens), expected.input_tokens);
  EXPECT_EQ(trace.skipped_records, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    All, RealTraces,
    testing::Values(
        Expected{"mooncake/conversation_trace.jsonl", "", "mooncake", 12031, 288500, 182790,
                 144793823},
        Expected{"mooncake/synthetic_trace.jsonl", "", "mooncake", 3993, 121877, 43924, 61194628},
        Expected{"ragpulse/0_trace.jsonl", "", "ragpulse", 7106, 71583, 58727, 20917099},
        Expected{"agentic_hash/kv-cache-tester", "", "kv_cache_tester", 347, 361860, 22933,
                 23170114},
        Expected{"sharegpt_tokens/sharegpt-llama-3.1-8b-300-sps10.jsonl", "", "tokens", 300, 0, 0,
                 257239},
        Expected{"sharegpt_tokens/sharegpt-qwen3-32b-300-sps10.jsonl.xz", "", "tokens", 300, 0, 0,
                 258691},
        Expected{"azure/AzureLLMInferenceTrace_code.csv", "", "azure_llm", 8819, 0, 0, 18059974},
        Expected{"azure/AzureLLMInferenceTrace_conv.csv", "", "azure_llm", 19366, 0, 0, 22361870},
        Expected{"classic/cloudPhysicsIO.oracleGeneral.bin", "", "oracle_general", 113872, 113872,
                 48974, 0},
        Expected{"classic/cloudPhysicsIO.csv.zst", "csv:id=lbn,size=size,time=time", "csv", 113872,
                 113872, 48974, 0},
        Expected{"classic/OLTP.lis.zst", "", "lis", 914145, 914145, 186880, 0},
        Expected{"classic/P3.lis.zst", "", "lis", 3912296, 3912296, 0, 0},
        Expected{"classic/lirs/loop.trace.gz", "", "ids", 505500, 505500, 1011, 0},
        Expected{"classic/lirs/multi1.trace.gz", "", "ids", 15858, 15858, 2606, 0},
        Expected{"classic/cache2k/web07.trace.xz", "", "int32", 76118, 76118, 20484, 0}));

TEST(RealTraces, SizesOfObjects) {
  const auto shared = test::shared_traces();
  if (!shared) GTEST_SKIP() << "the public traces are absent";
  const Trace trace = open_trace(*shared / "classic/cloudPhysicsIO.oracleGeneral.bin");
  std::uint64_t all = 0;
  for (std::uint64_t i = 0; i < trace.blocks->accesses(); ++i) {
    all += trace.blocks->access_bytes.empty() ? trace.blocks->bytes[trace.blocks->slot[i]]
                                              : trace.blocks->access_bytes[i];
  }
  EXPECT_EQ(all, 4'368'040'448u);
  EXPECT_EQ(sum(trace.blocks->bytes), 2'029'769'728u);
}

TEST(RealTraces, AreWrittenAsTheyWere) {
  const auto shared = test::shared_traces();
  if (!shared) GTEST_SKIP() << "the public traces are absent";
  const test::TemporaryFolder folder;
  const auto rewritten = [&](const char* file, const char* format) {
    const Trace trace = open_trace(*shared / file);
    write_trace(trace, folder.path() / "out", format);
    return test::read_file(folder.path() / "out") == test::read_file(*shared / file);
  };
  EXPECT_TRUE(rewritten("mooncake/conversation_trace.jsonl", "mooncake"));
  EXPECT_TRUE(rewritten("classic/cloudPhysicsIO.oracleGeneral.bin", "oracle_general"));
}

TEST(RealTraces, RunsAndDocumentsAreTheSameSessions) {
  const auto shared = test::shared_traces();
  if (!shared) GTEST_SKIP() << "the public traces are absent";
  const Trace all = open_trace(*shared / "agentic_hash/kv-cache-tester-710.rle.jsonl.xz");
  EXPECT_EQ(all.requests.count, 49334u);
  EXPECT_EQ(all.blocks->accesses(), 94310647u);
  EXPECT_EQ(all.blocks->distinct, 3450959u);
  const Trace some = open_trace(*shared / "agentic_hash/kv-cache-tester");
  // Each of the eight sessions, found by name, has the same times, lengths and shape of blocks.
  std::uint64_t in_all = 0;
  for (std::uint64_t i = 0; i < some.requests.count; ++i) {
    const std::string_view session = some.requests.session_names[some.requests.session[i]];
    if (i == 0 || some.requests.session[i] != some.requests.session[i - 1]) {
      in_all = 0;
      while (in_all < all.requests.count &&
             all.requests.session_names[all.requests.session[in_all]] != session) {
        ++in_all;
      }
    }
    ASSERT_LT(in_all, all.requests.count) << session;
    EXPECT_EQ(some.requests.arrival[i], all.requests.arrival[in_all]);
    EXPECT_EQ(some.requests.turn[i], all.requests.turn[in_all]);
    ASSERT_EQ(some.blocks->end(i) - some.blocks->begin(i),
              all.blocks->end(in_all) - all.blocks->begin(in_all));
    ++in_all;
  }
}

TEST(RealTraces, DigestIsThatOfTheFile) {
  const auto shared = test::shared_traces();
  if (!shared) GTEST_SKIP() << "the public traces are absent";
  std::ifstream sums(*shared / "SHA256SUMS");
  const std::string file = "mooncake/synthetic_trace.jsonl";
  std::string line;
  while (std::getline(sums, line)) {
    if (!line.ends_with(file)) continue;
    EXPECT_EQ(trace_sha256(open_trace(*shared / file)), line.substr(0, 64));
    return;
  }
  GTEST_SKIP() << "no digest is listed";
}

}  // namespace
}  // namespace kvsim
