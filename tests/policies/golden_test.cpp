// Published and peer counts: each row of the files in ../shared/golden, through the reader, the
// stream and the replay that every run takes.

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "sim/engine/replay.hpp"
#include "traces/reader/open_trace.hpp"

namespace kvsim {
namespace {

namespace fs = std::filesystem;

const fs::path kShared = fs::path(KVSIM_SOURCE_DIR) / ".." / "shared";

/// A trace, opened, with the stream of one way of reading it.
struct Opened {
  Opened(const fs::path& path, TouchOrder order)
      : trace(open_trace(path)), stream(make_stream(trace, 0, Lookup::kAll, order)) {
    stream.next = derive_next(stream);
  }
  Trace trace;
  AccessStream stream;
};

ReplayCounts counts_of(const Opened& opened, ReplayJob job, const std::string& policy,
                       std::string_view organisation = "flat") {
  job.stream = &opened.stream;
  return replay(job, parse_policy(policy), organisation).counts;
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
  return cells;
}

/// The rows of a CSV file after its comments and its header.
std::vector<std::vector<std::string>> rows_of(const fs::path& path) {
  std::ifstream in(path);
  std::vector<std::vector<std::string>> rows;
  bool header = true;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (!header) rows.push_back(split(line));
    header = false;
  }
  return rows;
}

/// A golden file and its trace; a test without them is skipped.
class Golden : public ::testing::Test {
 protected:
  bool absent(const std::string& golden, const std::string& trace) {
    golden_ = kShared / "golden" / golden;
    trace_ = kShared / "traces" / trace;
    return !fs::exists(golden_) || !fs::exists(trace_);
  }
  nlohmann::json json() const {
    std::ifstream in(golden_);
    return nlohmann::json::parse(in);
  }
  fs::path golden_, trace_;
};

#define KVSIM_NEEDS(golden, trace) \
  if (absent(golden, trace)) GTEST_SKIP() << "no " << golden_ << " or no " << trace_

TEST_F(Golden, CloudPhysicsWithoutSizes) {
  KVSIM_NEEDS("cloudphysics_unit.csv", "classic/cloudPhysicsIO.oracleGeneral.bin");
  const Opened opened(trace_, TouchOrder::kHeadFirst);
  const auto rows = rows_of(golden_);
  ASSERT_GE(rows.size(), 60u);
  for (const auto& row : rows) {
    ReplayJob job;
    job.capacity = std::stoull(row.at(1));
    job.ignore_size = true;
    const ReplayCounts counts = counts_of(opened, job, row.at(0));
    EXPECT_EQ(counts.accesses - counts.hits, std::stoull(row.at(2))) << row[0] << " at " << row[1];
  }
}

TEST_F(Golden, CloudPhysicsWithSizes) {
  KVSIM_NEEDS("cloudphysics_sized.json", "classic/cloudPhysicsIO.oracleGeneral.bin");
  const Opened opened(trace_, TouchOrder::kHeadFirst);
  const nlohmann::json golden = json();
  const auto capacities = golden.at("capacity_MiB").get<std::vector<std::uint64_t>>();
  ASSERT_EQ(golden.at("miss_requests").size(), 12u);
  for (const auto& [policy, misses] : golden.at("miss_requests").items()) {
    ASSERT_EQ(misses.size(), capacities.size());
    for (std::size_t i = 0; i < capacities.size(); ++i) {
      ReplayJob job;
      job.capacity = capacities[i] << 20;
      job.weigh_bytes = true;
      const ReplayCounts counts = counts_of(opened, job, policy);
      EXPECT_EQ(counts.accesses - counts.hits, misses[i].get<std::uint64_t>())
          << policy << " at " << capacities[i] << " MiB";
    }
  }
}

TEST_F(Golden, OltpOfTheArcPaper) {
  KVSIM_NEEDS("oltp_arc_paper.csv", "classic/OLTP.lis.zst");
  const Opened opened(trace_, TouchOrder::kHeadFirst);
  const auto rows = rows_of(golden_);
  ASSERT_EQ(rows.size(), 5u);
  for (const auto& row : rows) {
    for (const auto& [policy, column] : {std::pair("lru", 1), std::pair("arc", 2)}) {
      ReplayJob job;
      job.capacity = std::stoull(row.at(0));
      const ReplayCounts counts = counts_of(opened, job, policy);
      char percent[32];
      std::snprintf(percent, sizeof percent, "%.2f",
                    100 * static_cast<double>(counts.hits) / static_cast<double>(counts.accesses));
      EXPECT_EQ(percent, row.at(static_cast<std::size_t>(column))) << policy << " at " << row[0];
    }
  }
}

TEST_F(Golden, MooncakeConversation) {
  KVSIM_NEEDS("mooncake_conversation.json", "mooncake/conversation_trace.jsonl");
  const Opened head(trace_, TouchOrder::kHeadFirst);
  const Opened tail(trace_, TouchOrder::kTailFirst);
  const nlohmann::json golden = json();
  EXPECT_EQ(head.stream.requests, golden.at("requests").get<std::uint64_t>());
  EXPECT_EQ(head.stream.slot.size(), golden.at("accesses").get<std::uint64_t>());
  EXPECT_EQ(head.stream.distinct, golden.at("unique_blocks").get<std::uint64_t>());
  ASSERT_EQ(golden.at("rows").size(), 60u);
  for (const auto& row : golden.at("rows")) {
    ReplayJob job;
    job.capacity = row.at("capacity_blocks").get<std::uint64_t>();
    job.reuse = row.at("reuse") == "prefix" ? Reuse::kPrefix : Reuse::kObject;
    const bool tail_first = row.value("touch_order", "head_first") == "tail_first";
    const ReplayCounts counts = counts_of(tail_first ? tail : head, job, row.at("policy"));
    EXPECT_EQ(counts.tokens, golden.at("input_tokens").get<std::uint64_t>());
    EXPECT_EQ(counts.hits, row.at("hits").get<std::uint64_t>()) << row;
    if (row.contains("hit_tokens")) {
      EXPECT_EQ(counts.hit_tokens, row.at("hit_tokens").get<std::uint64_t>()) << row;
    }
  }
}

TEST_F(Golden, RagPulseInAPrefixTrie) {
  KVSIM_NEEDS("ragpulse_trie.csv", "ragpulse/0_trace.jsonl");
  const Opened opened(trace_, TouchOrder::kHeadFirst);
  const auto rows = rows_of(golden_);
  ASSERT_EQ(rows.size(), 51u);
  const std::vector<std::string> policies = {"fifo", "lru", "belady:bypass=true"};
  for (const auto& row : rows) {
    for (std::size_t p = 0; p < policies.size(); ++p) {
      ReplayJob job;
      job.capacity = std::stoull(row.at(0));
      job.reuse = Reuse::kPrefix;
      job.warmup.share = 0.5;
      const ReplayCounts counts = counts_of(opened, job, policies[p], "prefix_trie");
      EXPECT_EQ(counts.hit_tokens, std::stoull(row.at(p + 1))) << policies[p] << " at " << row[0];
    }
  }
}

}  // namespace
}  // namespace kvsim
