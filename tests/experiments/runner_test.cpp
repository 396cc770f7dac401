#include "experiments/runner.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "experiments/partial.hpp"
#include "sim/core/error.hpp"
#include "tests/experiments/run_texts.hpp"
#include "tests/experiments/workload_files.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

constexpr const char* kExperiment = R"({
  "traces": ["chat.jsonl", "objects.csv", "prompts.jsonl"],
  "policies": ["lru", "random", "s3fifo", "tinylfu+lru", "belady"],
  "capacities": [3, 8, 21], "seeds": [1, 2], "warmup": 0.1})";

class RunnerTest : public ::testing::Test {
 protected:
  RunnerTest() {
    folder_.write("chat.jsonl", test::chat_trace(400));
    folder_.write("objects.csv", test::object_trace(2000));
    folder_.write("prompts.jsonl", test::token_trace(100));
  }

  ExperimentConfig config(const std::string& text) const {
    ExperimentConfig read = parse_experiment(text, "x.json");
    read.folder = folder_.path();
    return read;
  }
  Results run(const std::string& text, const RunnerOptions& options = {}) const {
    return run_experiment(config(text), options);
  }
  std::filesystem::path path(const char* name) const { return folder_.path() / name; }

  test::TemporaryFolder folder_;
};

using test::texts;

RunnerOptions with_jobs(unsigned jobs) {
  RunnerOptions options;
  options.jobs = jobs;
  return options;
}

TEST_F(RunnerTest, ResultsDependOnNeitherJobsNorTime) {
  const Results serial = run(kExperiment, with_jobs(1));
  EXPECT_EQ(serial.runs.size(), 3u * 5 * 3 * 2);
  EXPECT_EQ(texts(run(kExperiment, with_jobs(1))), texts(serial));
  EXPECT_EQ(texts(run(kExperiment, with_jobs(2))), texts(serial));
  EXPECT_EQ(texts(run(kExperiment, with_jobs(16))), texts(serial));
  RunnerOptions little_memory = with_jobs(4);
  little_memory.max_memory = 100'000;
  EXPECT_EQ(texts(run(kExperiment, little_memory)), texts(serial));
}

TEST_F(RunnerTest, ReplaysWhatTheEngineReplays) {
  const Results results =
      run(R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 50, "block_bytes": 100})");
  const RunResult& result = results.runs.at(0);
  const Trace trace = open_trace(path("chat.jsonl"));
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  ReplayJob job;
  job.stream = &stream;
  job.reuse = Reuse::kPrefix;
  job.capacity = 50;
  job.block_bytes = 100;
  const ReplayOutcome outcome = replay(job, parse_policy("lru"));
  EXPECT_EQ(result.counts.hits, outcome.counts.hits);
  EXPECT_EQ(result.counts.hit_tokens, outcome.counts.hit_tokens);
  EXPECT_EQ(result.counts.hit_bytes, 100 * outcome.counts.hits);
  EXPECT_EQ(result.counts.misses + result.counts.hits, result.counts.accesses);
  EXPECT_DOUBLE_EQ(*result.ratios.byte_hit, *result.ratios.block_hit);
  EXPECT_DOUBLE_EQ(*result.memory.kv_bytes_peak, 5000);
  EXPECT_EQ(result.capacity.bytes, 5000u);
}

TEST_F(RunnerTest, WhatIsNotCarriedIsAbsent) {
  const Results objects = run(R"({"traces": "objects.csv", "policies": "lru", "capacities": 50})");
  EXPECT_FALSE(objects.runs[0].counts.tokens);
  EXPECT_FALSE(objects.runs[0].ratios.token_hit);
  EXPECT_FALSE(objects.runs[0].block_size);
  EXPECT_TRUE(objects.runs[0].ratios.byte_hit);
  EXPECT_FALSE(objects.runs[0].memory.kv_bytes_peak);
  const Results chat = run(R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 50})");
  EXPECT_TRUE(chat.runs[0].ratios.token_hit);
  EXPECT_FALSE(chat.runs[0].ratios.byte_hit);
  EXPECT_FALSE(chat.runs[0].capacity.bytes);
}

TEST_F(RunnerTest, LongKeysChangeNothingAndShortOnesAreCounted) {
  const Results exact = run(kExperiment);
  std::string text = kExperiment;
  text.back() = ',';
  const Results keyed = run(text + R"("hash": "xxh3_64", "table": "robin_hood"})");
  ASSERT_EQ(keyed.runs.size(), exact.runs.size());
  for (std::size_t i = 0; i < exact.runs.size(); ++i) {
    EXPECT_EQ(keyed.runs[i].counts, exact.runs[i].counts);
    EXPECT_EQ(keyed.runs[i].ratios, exact.runs[i].ratios);
    EXPECT_EQ(keyed.runs[i].collisions->keys.observed, 0u);
    EXPECT_EQ(keyed.runs[i].collisions->false_hits, 0u);
    EXPECT_EQ(keyed.runs[i].hash->bits, 64u);
    EXPECT_EQ(keyed.runs[i].table.load, 0.8);
    EXPECT_TRUE(keyed.runs[i].collisions->buckets);
  }
  const std::string with_short_keys =
      text + R"("hash": "xxh3_64", "hash_bits": 5, "table": ["dense", "chaining"]})";
  const Results shorter = run(with_short_keys, with_jobs(1));
  for (const RunResult& result : shorter.runs) {
    const CollisionResult& c = *result.collisions;
    EXPECT_GT(c.keys.observed, 0u);
    EXPECT_GT(c.false_hits, 0u);
    EXPECT_LE(c.false_hits, result.counts.hits);
    EXPECT_DOUBLE_EQ(*c.false_hit_ratio, static_cast<double>(c.false_hits) /
                                             static_cast<double>(result.counts.accesses));
    if (result.counts.tokens) {
      EXPECT_LE(*c.affected_tokens, *result.counts.tokens);
    }
    EXPECT_EQ(result.table.load.has_value(), result.table.name == "chaining");
  }
  EXPECT_EQ(texts(run(with_short_keys, with_jobs(3))), texts(shorter));
}

TEST_F(RunnerTest, AWarmupThatNeverEndsLeavesNoRatios) {
  const Results results = run(
      R"({"traces": "chat.jsonl", "policies": "lru", "capacities": [20, 1000000], "warmup": "full"})");
  EXPECT_TRUE(results.runs[0].ratios.block_hit);
  EXPECT_GT(results.runs[0].warmup.requests, 0u);
  EXPECT_EQ(results.runs[0].note, "");
  EXPECT_FALSE(results.runs[1].ratios.block_hit);
  EXPECT_EQ(results.runs[1].counts.requests, 0u);
  EXPECT_NE(results.runs[1].note, "");
}

TEST_F(RunnerTest, AnInterruptedRunGoesOnWhereItStopped) {
  const std::filesystem::path partial = path("out.json.partial");
  RunnerOptions options = with_jobs(2);
  options.partial = partial;
  const Results whole = run(kExperiment, options);

  // As a process leaves it that is killed while it writes the 31st of 90 runs.
  std::istringstream lines(test::read_file(partial));
  std::string kept, line;
  for (int i = 0; i < 31 && std::getline(lines, line); ++i) kept += line + "\n";
  std::getline(lines, line);
  kept += line.substr(0, line.size() / 2);
  folder_.write("out.json.partial", kept);

  options.resume = true;
  std::size_t resumed = 0;
  options.on_progress = [&](const Progress& progress) { resumed = progress.resumed; };
  const Results rest = run(kExperiment, options);
  EXPECT_EQ(resumed, 30u);
  EXPECT_EQ(texts(rest), texts(whole));
  EXPECT_EQ(rest.provenance.config_sha256, whole.provenance.config_sha256);

  // Once more, now that all are there.
  const Results again = run(kExperiment, options);
  EXPECT_EQ(resumed, 90u);
  EXPECT_EQ(texts(again), texts(whole));
}

TEST_F(RunnerTest, CapacitiesShareAPassWhateverTheThreads) {
  const std::string experiment = R"({"traces": "chat.jsonl", "policies": ["lru", "arc", "sieve"],
      "capacities": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "seeds": [1, 2]})";
  const Results one = run(experiment, with_jobs(1));
  EXPECT_EQ(texts(run(experiment, with_jobs(3))), texts(one));
  std::map<std::string, std::multiset<std::uint64_t>> shared;
  for (const RunResult& r : one.runs) shared[r.policy].insert(r.replay.shared_runs);
  EXPECT_EQ(shared["lru"].count(10), 20u) << "by its sweep form, each seed apart";
  EXPECT_EQ(shared["sieve"].count(8), 16u) << "which takes eight";
  EXPECT_EQ(shared["sieve"].count(2), 4u);
  EXPECT_EQ(shared["arc"].count(1), 20u) << "too few runs to share cores' work";

  RunnerOptions little = with_jobs(1);
  little.max_memory = 200'000;  // a pass of all ten takes more
  EXPECT_EQ(texts(run(experiment, little)), texts(one));

  const Results many = run(R"({"traces": "chat.jsonl", "policies": ["arc"], "capacities": [1, 2, 3,
      4, 5, 6, 7, 8, 9, 10], "seeds": [1, 2, 3, 4, 5, 6, 7]})",
                           with_jobs(2));
  std::size_t fours = 0;
  for (const RunResult& r : many.runs) fours += r.replay.shared_runs == 4;
  EXPECT_EQ(fours, 7u * 8) << "four caches in turn, and the two left over";
}

// A pass over its stream would hold what each request did, once a capacity.
TEST_F(RunnerTest, RunsWhoseRequestsAreToldApartShareNoPass) {
  const Results results = run(R"({"traces": "chat.jsonl", "policies": ["lru", "arc"],
      "capacities": [1, 2, 3, 4, 5, 6, 7, 8], "seeds": [1, 2, 3, 4], "by": "hour"})",
                              with_jobs(2));
  ASSERT_EQ(results.runs.size(), 64u);
  for (const RunResult& r : results.runs) EXPECT_EQ(r.replay.shared_runs, 1u) << r.policy;
}

TEST_F(RunnerTest, AnAlteredLineIsRunAgain) {
  RunnerOptions options = with_jobs(1);
  options.partial = path("out.partial");
  const std::string experiment =
      R"({"traces": "chat.jsonl", "policies": ["lru", "fifo"], "capacities": [10, 20]})";
  const Results whole = run(experiment, options);
  std::string text = test::read_file(options.partial);
  const std::size_t at = text.find("\"hits\":");
  text.insert(at + 7, "9");
  folder_.write("out.partial", text);
  options.resume = true;
  std::size_t resumed = 0;
  options.on_progress = [&](const Progress& progress) { resumed = progress.resumed; };
  EXPECT_EQ(texts(run(experiment, options)), texts(whole));
  EXPECT_EQ(resumed, 2u) << "with the other run of its pass";
}

TEST_F(RunnerTest, ResumesNothingThatIsAnothers) {
  RunnerOptions options = with_jobs(1);
  options.partial = path("out.partial");
  const std::string experiment = R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 10})";
  (void)run(experiment, options);
  options.resume = true;
  const auto error_of = [&](const std::string& text) -> std::string {
    try {
      (void)run(text, options);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(error_of(experiment), "");
  EXPECT_NE(error_of(R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 11})")
                .find("another configuration"),
            std::string::npos);
  folder_.write("chat.jsonl", test::chat_trace(400, 2));
  EXPECT_NE(error_of(experiment).find("contents of the traces"), std::string::npos);
  folder_.write("out.partial", "something else\n");
  EXPECT_NE(error_of(experiment).find("no file of unfinished results"), std::string::npos);
  // Without a file, or without --resume, a run starts anew.
  std::filesystem::remove(options.partial);
  EXPECT_EQ(error_of(experiment), "");
  options.resume = false;
  EXPECT_EQ(error_of(R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 11})"), "");
}

TEST_F(RunnerTest, GroupsAddUpToTheWhole) {
  for (const char* by : {"category", "hour"}) {
    const Results results = run(fmt::format(R"({{"traces": "chat.jsonl", "policies": ["lru", "arc"],
                             "capacities": [30, 200], "warmup": 0.3, "block_bytes": 8,
                             "by": "{}"}})",
                                            by));
    for (const RunResult& result : results.runs) {
      Counts sum;
      sum.tokens = sum.hit_tokens = sum.bytes = sum.hit_bytes = 0;
      EXPECT_GE(result.groups.size(), 2u);
      double request_hits = 0;
      for (const GroupResult& group : result.groups) {
        sum.requests += group.counts.requests;
        sum.accesses += group.counts.accesses;
        sum.hits += group.counts.hits;
        sum.misses += group.counts.misses;
        *sum.tokens += *group.counts.tokens;
        *sum.hit_tokens += *group.counts.hit_tokens;
        *sum.bytes += *group.counts.bytes;
        *sum.hit_bytes += *group.counts.hit_bytes;
        sum.insertions += group.counts.insertions;
        sum.evictions += group.counts.evictions;
        sum.rejected += group.counts.rejected;
        request_hits += *group.ratios.request_hit * static_cast<double>(group.counts.requests);
      }
      EXPECT_EQ(sum, result.counts) << by;
      EXPECT_NEAR(request_hits,
                  *result.ratios.request_hit * static_cast<double>(result.counts.requests), 1e-6);
    }
  }
}

TEST_F(RunnerTest, RefusesGroupsThatTheTraceDoesNotCarry) {
  EXPECT_THROW(
      (void)run(R"({"traces": "objects.csv", "policies": "lru", "capacities": 5, "by": "tenant"})"),
      InputError);
}

TEST_F(RunnerTest, PerRequestRowsAddUpToTheCounts) {
  RunnerOptions options = with_jobs(2);
  options.per_request = path("rows.csv");
  const Results results = run(
      R"({"traces": ["chat.jsonl", "objects.csv"], "policies": ["lru", "2q"], "capacities": [9, 90],
          "warmup": 0.25})",
      options);
  std::istringstream lines(test::read_file(options.per_request));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "run,request,counted,blocks,hit_blocks,tokens,hit_tokens,bytes,hit_bytes");
  std::map<std::size_t, Counts> sums;
  std::size_t last_run = 0;
  while (std::getline(lines, line)) {
    std::vector<std::string> cells;
    std::istringstream row(line + ",");
    for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
    ASSERT_EQ(cells.size(), 9u) << line;
    const std::size_t index = std::stoul(cells[0]);
    EXPECT_GE(index, last_run) << "in the order of the runs";
    last_run = index;
    const bool has_tokens = results.runs[index].counts.tokens.has_value();
    EXPECT_EQ(cells[5].empty(), !has_tokens);
    if (cells[2] != "1") continue;
    Counts& sum = sums[index];
    ++sum.requests;
    sum.accesses += std::stoull(cells[3]);
    sum.hits += std::stoull(cells[4]);
    if (has_tokens) {
      sum.tokens = sum.tokens.value_or(0) + std::stoull(cells[5]);
      sum.hit_tokens = sum.hit_tokens.value_or(0) + std::stoull(cells[6]);
    } else {
      sum.bytes = sum.bytes.value_or(0) + std::stoull(cells[7]);
      sum.hit_bytes = sum.hit_bytes.value_or(0) + std::stoull(cells[8]);
    }
  }
  ASSERT_EQ(sums.size(), results.runs.size());
  for (const auto& [index, sum] : sums) {
    const Counts& counts = results.runs[index].counts;
    EXPECT_EQ(sum.requests, counts.requests);
    EXPECT_EQ(sum.accesses, counts.accesses);
    EXPECT_EQ(sum.hits, counts.hits);
    EXPECT_EQ(sum.tokens, counts.tokens);
    EXPECT_EQ(sum.hit_tokens, counts.hit_tokens);
    EXPECT_EQ(sum.hit_bytes, counts.hit_bytes);
  }
}

TEST_F(RunnerTest, SpeedupsAreNaiveSumsOverPerRequestRows) {
  RunnerOptions options = with_jobs(2);
  options.per_request = path("rows.csv");
  const Results results = run(
      R"({"traces": ["chat.jsonl", "prompts.jsonl"], "policies": ["lru", "2q"], "capacities": [9, "90MiB"],
          "warmup": 0.25, "model": "llama-3.1-8b", "gpu": "h100", "tp": 2})",
      options);
  CostSpec spec;
  spec.model = "llama-3.1-8b";
  spec.gpu = "h100";
  spec.roofline.tensor_parallel = 2;
  const auto model = make_cost_model(spec);
  struct Sums {
    double with = 0, without = 0;
  };
  std::map<std::size_t, Sums> sums;
  std::istringstream lines(test::read_file(options.per_request));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::vector<std::string> cells;
    std::istringstream row(line + ",");
    for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
    if (cells[2] != "1") continue;
    const std::uint64_t tokens = std::stoull(cells[5]);
    const std::uint64_t cached = std::min<std::uint64_t>(std::stoull(cells[6]), tokens - 1);
    Sums& sum = sums[std::stoul(cells[0])];
    sum.with += model->prefill_seconds(cached, tokens - cached);
    sum.without += model->prefill_seconds(0, tokens);
  }
  ASSERT_EQ(sums.size(), 8U);
  for (const auto& [index, sum] : sums) {
    const RunResult& result = results.runs[index];
    ASSERT_EQ(result.speedup.size(), 1U);
    const SpeedupResult& speedup = result.speedup.front();
    EXPECT_EQ(speedup.kind, "modelled");
    EXPECT_NEAR(speedup.prefill.value(), sum.without / sum.with, 1e-12);
    EXPECT_NEAR(speedup.prefill_bound.value(), 1 / (1 - result.ratios.token_hit.value()), 1e-12);
    EXPECT_GE(speedup.ttft_without->p99, speedup.ttft_without->p50);
    // 131,072 bytes a token.
    EXPECT_EQ(result.capacity.bytes.value(),
              result.capacity.blocks.value() * result.block_size.value() * 131'072);
    EXPECT_GT(result.memory.kv_bytes_peak.value(), 0);
  }
}

TEST_F(RunnerTest, SpeedupsDependOnNoThreads) {
  const char* const text = R"({"traces": ["chat.jsonl", "prompts.jsonl"],
    "policies": ["lru", "s3fifo", "belady"], "capacities": [3, 8, 21], "gpu": "a100",
    "model": "qwen2.5-7b", "cases": [{}, {"model": "qwen3-8b", "gpu": "h100", "kv_dtype": "float8"}]})";
  const Results serial = run(text, with_jobs(1));
  EXPECT_EQ(serial.runs.size(), 2U * 2 * 3 * 3);
  EXPECT_EQ(texts(run(text, with_jobs(2))), texts(serial));
  EXPECT_EQ(texts(run(text, with_jobs(16))), texts(serial));
}

TEST_F(RunnerTest, CostModelsNeedPrefixesOfTokens) {
  const auto complaint = [&](const std::string& more) {
    try {
      (void)run(R"({"policies": "lru", "capacities": 5, "model": "qwen3-8b", "gpu": "h100", )" +
                more + "}");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(complaint(R"("traces": "objects.csv")").find("object reuse"), std::string::npos);
  EXPECT_NE(complaint(R"("traces": "chat.jsonl", "reuse": "object")").find("object reuse"),
            std::string::npos);
  EXPECT_EQ(complaint(R"("traces": "chat.jsonl")"), "");
}

TEST_F(RunnerTest, NoRunHoldsMoreThanItsEstimate) {
  std::vector<std::string> policies;
  for (const ComponentInfo& info : list_policies()) policies.push_back("\"" + info.name + "\"");
  const Results results = run(fmt::format(
      R"({{"traces": "chat.jsonl", "policies": [{}], "capacities": [10, "100%", 100000000]}})",
      fmt::join(policies, ", ")));
  for (const RunResult& result : results.runs) {
    EXPECT_LE(result.memory.metadata_bytes_per_block, 32.0 + 4.0) << result.policy;
  }
  RunnerOptions options;
  options.max_memory = 1000;
  EXPECT_THROW(
      (void)run(R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 10})", options),
      InputError);
}

TEST_F(RunnerTest, TellsItsProgress) {
  RunnerOptions options = with_jobs(2);
  std::vector<std::size_t> done;
  options.on_progress = [&](const Progress& progress) {
    EXPECT_EQ(progress.total, 90u);
    done.push_back(progress.done);
  };
  (void)run(kExperiment, options);
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_EQ(done.back(), 90u);
}

TEST_F(RunnerTest, KnowsWhereResultsComeFrom) {
  const Results results = run(kExperiment);
  ASSERT_EQ(results.provenance.traces.size(), 3u);
  EXPECT_EQ(results.provenance.traces[0].path, "chat.jsonl");
  EXPECT_EQ(results.provenance.traces[0].sha256.size(), 64u);
  EXPECT_EQ(results.provenance.traces[0].requests, 400u);
  EXPECT_EQ(results.provenance.seeds, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(results.provenance.config_sha256.size(), 64u);
  EXPECT_LE(results.provenance.started, results.provenance.finished);
}

}  // namespace
}  // namespace kvsim
