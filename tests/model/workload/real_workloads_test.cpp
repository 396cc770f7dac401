// The readers on files of others, where the shared traces folder lies beside the checkout.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "model/workload/workload.hpp"

namespace kvsim {
namespace {

class RealWorkloads : public testing::Test {
 protected:
  /// The shared file, or a skipped test.
  void open(const std::string& path) {
    const std::filesystem::path file =
        std::filesystem::path(KVSIM_SOURCE_DIR) / ".." / "shared" / "traces" / path;
    if (!std::filesystem::exists(file)) {
      GTEST_SKIP() << file << " is not there: the shared traces are absent";
    }
    workload_ = open_workload(file.string());
  }
  Workload workload_;
};

// 70 files and 1,619 calls, of which one file is empty and 53 calls have no prompt.
TEST_F(RealWorkloads, AgentPromptsInAnArchive) {
  open("agent_text/lmcache-agent-trace.tar.xz");
  if (IsSkipped()) return;
  EXPECT_EQ(workload_.name, "lmcache-agent-trace");
  EXPECT_EQ(workload_.sessions.size(), 69U);
  EXPECT_EQ(workload_.turns(), 1566U);
  EXPECT_TRUE(workload_.has_times);
  EXPECT_EQ(workload_.sha256.size(), 64U);
  TimeNs earliest = workload_.sessions[0].turns[0].arrival.value();
  for (const WorkloadSession& session : workload_.sessions) {
    EXPECT_FALSE(session.is_chat);
    for (std::size_t t = 1; t < session.turns.size(); ++t) {
      EXPECT_LE(*session.turns[t - 1].arrival, *session.turns[t].arrival);
    }
    earliest = std::min(earliest, *session.turns.front().arrival);
  }
  EXPECT_EQ(earliest, 0);
}

TEST_F(RealWorkloads, Questions) {
  open("text/mt_bench_question.jsonl");
  if (IsSkipped()) return;
  EXPECT_EQ(workload_.sessions.size(), 80U);
  EXPECT_EQ(workload_.turns(), 160U);
  EXPECT_EQ(workload_.sessions.front().name, "81");
  EXPECT_TRUE(workload_.sessions.front().is_chat);
}

TEST_F(RealWorkloads, Conversations) {
  open("text/fastchat_dummy_conversation.json");
  if (IsSkipped()) return;
  EXPECT_EQ(workload_.name, "fastchat_dummy_conversation");
  EXPECT_EQ(workload_.sessions.size(), 500U);
  EXPECT_EQ(workload_.sessions.front().turns.front().text, "Who are you?");
  std::set<std::string> names;
  for (const WorkloadSession& session : workload_.sessions) names.insert(session.name);
  EXPECT_EQ(names.size(), 500U);
}

TEST_F(RealWorkloads, TokenIds) {
  open("sharegpt_tokens/sharegpt-qwen3-32b-300-sps10.jsonl.xz");
  if (IsSkipped()) return;
  EXPECT_TRUE(workload_.has_tokens);
  EXPECT_EQ(workload_.turns(), 300U);
  EXPECT_TRUE(workload_.has_times);
  for (const WorkloadSession& session : workload_.sessions) {
    EXPECT_TRUE(session.turns.front().output_tokens.has_value());
  }
}

}  // namespace
}  // namespace kvsim
