#include "experiments/plan.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "tests/experiments/workload_files.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

class PlanTest : public ::testing::Test {
 protected:
  PlanTest() {
    folder_.write("chat.jsonl", test::chat_trace(200));
    folder_.write("objects.csv", test::object_trace(500));
    folder_.write("prompts.jsonl", test::token_trace(60));
  }

  ExperimentConfig config(const std::string& text) const {
    ExperimentConfig read = parse_experiment(text, "x.json");
    read.folder = folder_.path();
    return read;
  }

  // Each run in a few words.
  std::vector<std::string> runs(const std::string& text) {
    const ExperimentConfig read = config(text);
    opened_ = open_traces(read);
    plan_ = make_plan(read, opened_);
    derive_columns(plan_);
    std::vector<std::string> words;
    for (const PlannedRun& run : plan_.runs) {
      const AccessStream& stream = plan_.streams[run.stream]->stream;
      words.push_back(fmt::format("{} {} {} {} {} {} {}", stream.trace->name, stream.block_size,
                                  name_of(run.reuse), name_of(stream.touch_order),
                                  label_of(run.policy), run.capacity.units, run.seed));
    }
    return words;
  }

  std::string error_of(const std::string& text) {
    try {
      (void)runs(text);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  test::TemporaryFolder folder_;
  OpenedTraces opened_;
  Plan plan_;
};

TEST_F(PlanTest, IsTheProductInTheOrderListed) {
  EXPECT_EQ(runs(R"({"traces": ["objects.csv", "chat.jsonl"], "policies": ["lru", "arc"],
                     "capacities": [9, 5], "seeds": [2, 1]})"),
            (std::vector<std::string>{
                "objects 0 object head_first lru 9 2", "objects 0 object head_first lru 9 1",
                "objects 0 object head_first lru 5 2", "objects 0 object head_first lru 5 1",
                "objects 0 object head_first arc 9 2", "objects 0 object head_first arc 9 1",
                "objects 0 object head_first arc 5 2", "objects 0 object head_first arc 5 1",
                "chat 16 prefix head_first lru 9 2", "chat 16 prefix head_first lru 9 1",
                "chat 16 prefix head_first lru 5 2", "chat 16 prefix head_first lru 5 1",
                "chat 16 prefix head_first arc 9 2", "chat 16 prefix head_first arc 9 1",
                "chat 16 prefix head_first arc 5 2", "chat 16 prefix head_first arc 5 1"}));
  EXPECT_EQ(plan_.streams.size(), 2u);
}

TEST_F(PlanTest, KeysAreMadeOnceForAllRunsThatShareThem) {
  EXPECT_EQ(runs(R"({"traces": "chat.jsonl", "policies": ["lru", "arc"], "capacities": [5, 9],
                     "hash": ["xxh3_64", "identity"], "hash_bits": [8, 64],
                     "table": ["dense", "robin_hood"], "load": [0.5, 0.8]})")
                .size(),
            2u * 2 * (2 * 2) * (1 + 2));
  EXPECT_EQ(plan_.keys.size(), 4u);
  for (const auto& planned : plan_.keys) {
    EXPECT_EQ(planned->keys.first.empty(), planned->spec.bits == 64);
  }
  EXPECT_EQ(runs(R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 5,
                     "table": "dense"})")
                .size(),
            1u);
  EXPECT_TRUE(plan_.keys.empty());
  EXPECT_NE(error_of(R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 5,
                         "chain": "dynamo"})")
                .find("token ids"),
            std::string::npos);
  EXPECT_NE(error_of(R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 5,
                         "hash": "xxh3_64", "organisation": "prefix_trie"})")
                .find("flat"),
            std::string::npos);
}

TEST_F(PlanTest, ObjectReuseHasNoTouchOrder) {
  EXPECT_EQ(runs(R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 5,
                     "reuse": ["object", "prefix"], "touch_order": ["tail_first", "head_first"]})"),
            (std::vector<std::string>{"chat 16 object head_first lru 5 1",
                                      "chat 16 prefix tail_first lru 5 1",
                                      "chat 16 prefix head_first lru 5 1"}));
  EXPECT_NE(error_of(R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 5,
                         "reuse": "object", "touch_order": "tail_first"})"),
            "");
}

TEST_F(PlanTest, CutsTokensIntoEachBlockSize) {
  EXPECT_EQ(runs(R"({"traces": "prompts.jsonl", "policies": "lru", "capacities": "64tok",
                     "block_sizes": [8, 32]})"),
            (std::vector<std::string>{"prompts 8 prefix head_first lru 8 1",
                                      "prompts 32 prefix head_first lru 2 1"}));
  EXPECT_EQ(runs(R"({"traces": "prompts.jsonl", "policies": "lru", "capacities": 3})"),
            std::vector<std::string>{"prompts 16 prefix head_first lru 3 1"});
}

TEST_F(PlanTest, LeavesOutWhatIsThereAlready) {
  EXPECT_EQ(runs(R"({"traces": "prompts.jsonl", "policies": "lru",
                     "capacities": [1, "0.01%", "0.02%"]})")
                .size(),
            1u);
  EXPECT_EQ(plan_.left_out, 2u);
}

TEST_F(PlanTest, CasesNameTheirTraces) {
  EXPECT_EQ(runs(R"({"traces": ["chat.jsonl", {"path": "objects.csv", "name": "web"}],
                     "capacities": 5,
                     "cases": [{"policies": "lru"}, {"policies": "gdsf", "traces": "web"}]})"),
            (std::vector<std::string>{"chat 16 prefix head_first lru 5 1",
                                      "web 0 object head_first lru 5 1",
                                      "web 0 object head_first gdsf 5 1"}));
}

TEST_F(PlanTest, DerivesTheFutureOnlyForOracles) {
  (void)runs(R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 5})");
  EXPECT_TRUE(plan_.streams[0]->stream.next.empty());
  (void)runs(R"({"traces": "chat.jsonl", "policies": ["lru", "belady"], "capacities": 5})");
  EXPECT_FALSE(plan_.streams[0]->stream.next.empty());
}

TEST_F(PlanTest, RefusesBeforeAnythingRuns) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"traces": "none.jsonl", "policies": "lru", "capacities": 5})", "x.json: /traces: "},
      {R"({"traces": ["chat.jsonl", "none.jsonl"], "policies": "lru", "capacities": 5})",
       "x.json: /traces/1: "},
      {R"({"traces": "objects.csv", "policies": "lru", "capacities": 5, "block_sizes": [16, 32]})",
       "x.json: /block_sizes: trace 'objects': a block size of 16"},
      {R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 5, "block_sizes": 32})",
       "a block size of 32"},
      {R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 5,
           "cases": [{"block_sizes": 32}]})",
       "x.json: /cases/0/block_sizes: trace 'chat': a block size of 32"},
      {R"({"traces": "objects.csv", "policies": "lru", "capacities": "4Mtok"})", "in tokens"},
      {R"({"traces": "chat.jsonl", "policies": "lru", "capacities": "8GiB"})", "--block-bytes"},
      {R"({"traces": "objects.csv", "policies": "lru", "capacities": 5, "block_bytes": 10})",
       "object sizes of its own"},
      {R"({"traces": "objects.csv", "policies": "lru", "capacities": 5, "reuse": "prefix"})",
       "'prefix'"},
      {R"({"traces": "chat.jsonl", "policies": "arc", "capacities": 5,
           "organisation": "prefix_trie"})",
       "prefix_trie"},
      {R"({"traces": ["chat.jsonl", "./chat.jsonl"], "policies": "lru", "capacities": 5})",
       "both called 'chat'"},
      {R"({"traces": "chat.jsonl", "capacities": 5,
           "cases": [{"policies": "lru", "traces": "chats"}]})",
       "x.json: /cases/0: traces: unknown trace 'chats'; did you mean 'chat'?"},
      {R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 5, "seed": 1,
           "repeats": 100000, "touch_order": ["head_first", "tail_first"],
           "cases": [{"capacities": [1,2,3,4,5,6,7,8,9,10]}]})",
       "2000000 runs are asked for"},
  };
  for (const auto& [text, contains] : cases) {
    const std::string message = error_of(text);
    EXPECT_NE(message.find(contains), std::string::npos) << text << "\n  says: " << message;
  }
}

}  // namespace
}  // namespace kvsim
