// Distributed experiments, with threads for ranks: what MPI adds is tested in tests/cli.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "experiments/distributed/exchange.hpp"
#include "experiments/runner.hpp"
#include "sim/core/error.hpp"
#include "tests/experiments/run_texts.hpp"
#include "tests/experiments/workload_files.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

// A mailbox for each rank.
class Post {
 public:
  explicit Post(int ranks) : boxes_(static_cast<std::size_t>(ranks)) {}
  int size() const { return static_cast<int>(boxes_.size()); }
  void put(int to, Message message) {
    const std::lock_guard lock(mutex_);
    boxes_.at(static_cast<std::size_t>(to)).push_back(std::move(message));
  }
  std::optional<Message> take(int rank) {
    const std::lock_guard lock(mutex_);
    auto& box = boxes_.at(static_cast<std::size_t>(rank));
    if (box.empty()) return std::nullopt;
    Message message = std::move(box.front());
    box.pop_front();
    return message;
  }

 private:
  std::mutex mutex_;
  std::vector<std::deque<Message>> boxes_;
};

class ThreadMessenger final : public Messenger {
 public:
  ThreadMessenger(Post& post, int rank) : post_(post), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return post_.size(); }
  unsigned cores() const override { return 1; }
  void send(int to, std::string text) override { post_.put(to, {rank_, std::move(text)}); }
  std::optional<Message> receive() override { return post_.take(rank_); }

 private:
  Post& post_;
  int rank_;
};

constexpr const char* kExperiment = R"({
  "traces": ["chat.jsonl", "objects.csv"],
  "policies": ["lru", "random", "s3fifo", "tinylfu+lru", "belady"],
  "capacities": [3, 8, 21], "seeds": [1, 2], "warmup": 0.1})";

class DistributedTest : public ::testing::Test {
 protected:
  DistributedTest() {
    folder_.write("chat.jsonl", test::chat_trace(400));
    folder_.write("objects.csv", test::object_trace(2000));
    std::filesystem::create_directory(folder_.path() / "other");
    folder_.write("other/chat.jsonl", test::chat_trace(400, 2));
    folder_.write("other/objects.csv", test::object_trace(2000));
  }

  ExperimentConfig config(const std::string& text = kExperiment) const {
    ExperimentConfig read = parse_experiment(text, "x.json");
    read.folder = folder_.path();
    return read;
  }
  std::filesystem::path path(const char* name) const { return folder_.path() / name; }

  struct Rank {
    ExperimentConfig config;
    RunnerOptions options;
  };

  // As many ranks as there are elements; what rank 0 gets.
  static Results run(std::vector<Rank> ranks) {
    Post post(static_cast<int>(ranks.size()));
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < ranks.size(); ++i) {
      others.emplace_back([&post, &rank = ranks[i], i] {
        ThreadMessenger messenger(post, static_cast<int>(i));
        Worker worker(messenger);
        try {
          rank.options.worker = &worker;
          EXPECT_TRUE(run_experiment(rank.config, rank.options).runs.empty());
        } catch (const InputError& error) {
          worker.refuse(error.what());
        }
      });
    }
    ThreadMessenger messenger(post, 0);
    Coordinator coordinator(messenger);
    ranks[0].options.coordinator = &coordinator;
    return run_experiment(ranks[0].config, ranks[0].options);
  }
  Results run(std::size_t ranks, const RunnerOptions& options, const char* text = kExperiment) {
    return run(std::vector<Rank>(ranks, {config(text), options}));
  }

  static std::string refusal(std::vector<Rank> ranks) {
    try {
      (void)run(std::move(ranks));
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  test::TemporaryFolder folder_;
};

using test::texts;

TEST_F(DistributedTest, ResultsDependOnNoNumberOfRanks) {
  const auto alone = texts(run_experiment(config(), {}));
  EXPECT_EQ(alone.size(), 2u * 5 * 3 * 2);
  RunnerOptions options;
  for (const std::size_t ranks : {2u, 3u, 7u}) {
    EXPECT_EQ(texts(run(ranks, options)), alone) << ranks;
    options.jobs = 3;
    EXPECT_EQ(texts(run(ranks, options)), alone) << ranks;
  }
}

TEST_F(DistributedTest, GroupsAndRequestsComeFromEveryRank) {
  constexpr const char* kBy = R"({"traces": "chat.jsonl", "by": "category",
    "policies": ["lru", "arc"], "capacities": [3, 8, 21]})";
  RunnerOptions options;
  options.per_request = path("alone.csv");
  const auto alone = texts(run_experiment(config(kBy), options));
  options.per_request = path("ranks.csv");
  EXPECT_EQ(texts(run(3, options, kBy)), alone);
  EXPECT_EQ(test::read_file(path("ranks.csv")), test::read_file(path("alone.csv")));
}

TEST_F(DistributedTest, TellsItsProgress) {
  std::vector<Progress> told;
  std::vector<Rank> ranks(3, {config(), {}});
  ranks[0].options.on_progress = [&](const Progress& progress) { told.push_back(progress); };
  (void)run(ranks);
  EXPECT_EQ(told.back().done, 60u);
  EXPECT_EQ(told.back().total, 60u);
  EXPECT_DOUBLE_EQ(told.back().accesses_left, 0);
}

TEST_F(DistributedTest, AnotherRankTriesWhatFailed) {
  std::vector<std::string> notes;
  std::vector<Rank> ranks(2, {config(), {}});
  ranks[0].options.on_note = [&](const std::string& note) { notes.push_back(note); };
  ranks[1].options.max_memory = 1000;  // too little for any run
  const auto alone = texts(run_experiment(config(), {}));
  EXPECT_EQ(texts(run(ranks)), alone);
  ASSERT_FALSE(notes.empty());
  EXPECT_LE(notes.size(), 10u);
  for (const char* part : {"rank 1 on ", "trace '", "policy '", "capacity ", "1000 allowed in all",
                           "another rank tries again"}) {
    EXPECT_NE(notes[0].find(part), std::string::npos) << notes[0];
  }
}

TEST_F(DistributedTest, NamesWhatFailedTwice) {
  // Long enough that rank 0 is busy while the others fail.
  folder_.write("long.jsonl", test::chat_trace(10'000));
  std::vector<Rank> ranks(3, {config(R"({"traces": "long.jsonl", "capacities": [100, 200, 300, 400],
    "policies": ["hyperbolic", "lirs", "belady", "lru_k"]})"),
                              {}});
  ranks[0].options.jobs = 1;
  for (std::size_t i = 1; i < 3; ++i) ranks[i].options.max_memory = 1000;
  const std::string error = refusal(ranks);
  for (const char* part :
       {"rank 1 on ", "rank 2 on ", "(and before, ", "policy '", "1000 allowed"}) {
    EXPECT_NE(error.find(part), std::string::npos) << error;
  }
}

TEST_F(DistributedTest, RefusesRanksAboutSomethingElse) {
  std::vector<Rank> ranks(3, {config(), {}});
  ranks[2].config = config(R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 3})");
  EXPECT_NE(refusal(ranks).find("has another configuration than rank 0"), std::string::npos);
  EXPECT_NE(refusal(ranks).find("rank 2 on "), std::string::npos);

  ranks[2].config = config();
  ranks[2].config.folder = path("other");
  EXPECT_NE(refusal(ranks).find("has other contents of the traces"), std::string::npos);

  ranks[2].config.folder = path("nowhere");
  const std::string missing = refusal(ranks);
  EXPECT_NE(missing.find("rank 2 on "), std::string::npos) << missing;
  EXPECT_NE(missing.find("chat.jsonl"), std::string::npos) << missing;
}

TEST_F(DistributedTest, LetsAllRanksGoWhereRankZeroCannotStart) {
  std::vector<Rank> ranks(3, {config(), {}});
  ranks[0].config.folder = path("nowhere");
  EXPECT_NE(refusal(ranks).find("nowhere"), std::string::npos);
}

TEST_F(DistributedTest, TakesUpWhatOneProcessBegan) {
  const auto alone = texts(run_experiment(config(), {}));
  RunnerOptions options;
  options.partial = path("r.json.partial");
  options.part = Part{1, 3};
  const std::size_t of_part = run_experiment(config(), options).runs.size();
  EXPECT_GT(of_part, 60u / 4);
  EXPECT_LT(of_part, 60u / 2);

  options.part.reset();
  options.resume = true;
  std::size_t resumed = 0;
  std::vector<Rank> ranks(3, {config(), options});
  for (std::size_t i = 1; i < 3; ++i) ranks[i].options.partial.clear();
  ranks[0].options.on_progress = [&](const Progress& progress) { resumed = progress.resumed; };
  EXPECT_EQ(texts(run(ranks)), alone);
  EXPECT_EQ(resumed, of_part);
}

TEST_F(DistributedTest, PartsMakeAWhole) {
  const auto alone = texts(run_experiment(config(), {}));
  const std::filesystem::path results = path("r.json");
  std::vector<std::string> together;
  std::size_t of_fourth = 0;
  for (std::size_t i = 1; i <= 7; ++i) {
    RunnerOptions options;
    options.part = Part{i, 7};
    options.partial = partial_of(results, options.part);
    const auto own = texts(run_experiment(config(), options));
    EXPECT_GE(own.size(), 60u / 10) << "whole passes, as equal as they come";
    if (i == 4) of_fourth = own.size();
    together.insert(together.end(), own.begin(), own.end());
  }
  EXPECT_EQ(std::set(together.begin(), together.end()), std::set(alone.begin(), alone.end()));
  EXPECT_EQ(together.size(), alone.size());

  // Not parts, whatever they look like.
  folder_.write("r.json.partial-1-of-x", "");
  folder_.write("r.json.partial-1-of-7.tmp", "");
  folder_.write("rr.json.partial-1-of-7", "");
  EXPECT_EQ(partials_of_parts(results).size(), 7u);

  RunnerOptions options;
  options.partial = partial_of(results);
  options.resume = true;
  options.partials_of_parts = partials_of_parts(results);
  std::filesystem::remove(partial_of(results, Part{4, 7}));
  std::size_t resumed = 0;
  options.on_progress = [&](const Progress& progress) { resumed = progress.resumed; };
  EXPECT_EQ(texts(run_experiment(config(), options)), alone);
  EXPECT_EQ(resumed, 60u - of_fourth) << "the part that is missing is run";

  folder_.write("other/r.json.partial-1-of-2", "{\"schema\": \"kvsim.partial/1\"}\n");
  options.partials_of_parts = {path("other/r.json.partial-1-of-2")};
  EXPECT_THROW((void)run_experiment(config(), options), InputError);
}

TEST_F(DistributedTest, APartMayBeEmpty) {
  RunnerOptions options;
  options.part = Part{61, 61};
  EXPECT_TRUE(run_experiment(config(), options).runs.empty());
}

}  // namespace
}  // namespace kvsim
