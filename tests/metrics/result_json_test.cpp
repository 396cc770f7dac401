#include "sim/metrics/result_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/core/error.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

RunResult full_run() {
  RunResult run;
  run.trace = "chat";
  run.policy = "s3fifo:small=0.2";
  run.policy_config = {{"small", 0.2},
                       {"promote", std::int64_t{2}},
                       {"strict", true},
                       {"variant", std::string("paper")}};
  run.reuse = "prefix";
  run.organisation = "flat";
  run.block_size = 16;
  run.capacity = {100, 6400, 0.1};
  run.hash = HashResult{"modulo:m=97", 24, 5, "kvsim"};
  run.table = {"robin_hood", 0.75, 134, 4096};
  run.warmup = {0.25, 3};
  run.seed = 9;
  run.repeat = 2;
  run.touch_order = "head_first";
  run.lookup = "all";
  run.counts = {10, 20, 5, 15, 300, 80, 1280, 320, 15, 4, 1};
  run.ratios = {0.25, 80.0 / 300.0, 0.4, 0.25};
  run.groups = {{"b", run.counts, run.ratios}, {"a \"quoted\"/~", run.counts, {}}};
  const ProbeLengthResult found{5, 1.4, 1.5, 2, 3, {{1, 3}, {2, 1}, {3, 1}}};
  run.collisions = CollisionResult{{7, 3.5, 0.25, false},        2,     0.01,  0.1,         1, 40,
                                   CountTest{9, 1.5, 0.0, true}, found, found, "simulation"};
  run.note = "a note";
  run.memory = {6400.0, 3200.5, 1234, 12.34};
  run.speedup = {
      {"modelled",
       2.0,
       1.8,
       1.2,
       std::nullopt,
       TimeStatistics{0.1, 0.08, 0.4},
       TimeStatistics{0.2, 0.15, 0.9},
       {{"gpu", std::string("h100")}, {"mfu", 0.45}}},
      {"measured", std::nullopt, 1.7, std::nullopt, 1.5, std::nullopt, std::nullopt, {}}};
  run.replay = {0.5, 40, 1, 4096};
  return run;
}

TEST(ResultJson, ReadsBackWhatItWrote) {
  const RunResult run = full_run();
  EXPECT_EQ(parse_run(to_json(run)), run);
  EXPECT_EQ(to_json(parse_run(to_json(run))), to_json(run));
  EXPECT_EQ(parse_run(to_json(RunResult{})), RunResult{});
}

TEST(ResultJson, HasTheSchemasFieldsInOrder) {
  const auto json = nlohmann::ordered_json::parse(to_json(full_run()));
  std::vector<std::string> names;
  for (const auto& [name, value] : json.items()) names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{
                "trace",    "policy",      "policy_config", "reuse",  "organisation", "block_size",
                "capacity", "hash",        "table",         "warmup", "seed",         "repeat",
                "groups",   "touch_order", "lookup",        "counts", "ratios",       "collisions",
                "note",     "memory",      "speedup",       "replay"}));
  EXPECT_EQ(json["speedup"][0]["ttft_s"]["without"]["p99"], 0.9);
  EXPECT_FALSE(json["speedup"][1].contains("ttft_s"));
  EXPECT_EQ(json["policy_config"].dump(),
            R"({"small":0.2,"promote":2,"strict":true,"variant":"paper"})");
  EXPECT_EQ(json["groups"].begin().key(), "b");
}

TEST(ResultJson, KeepsLookUpsThatFoundApartFromOthers) {
  RunResult run = full_run();
  auto probes = nlohmann::json::parse(to_json(run))["collisions"]["probe_length"];
  EXPECT_EQ(probes["mean"], 1.4);
  EXPECT_EQ(probes["histogram"][0], nlohmann::json({1, 3}));
  EXPECT_EQ(probes["unsuccessful"]["max"], 3);
  EXPECT_EQ(probes["expectation"], "simulation");
  run.collisions->found.reset();
  probes = nlohmann::json::parse(to_json(run))["collisions"]["probe_length"];
  EXPECT_FALSE(probes.contains("mean"));
  EXPECT_TRUE(probes.contains("unsuccessful"));
  EXPECT_EQ(parse_run(to_json(run)), run);
}

TEST(ResultJson, LeavesOutWhatIsAbsent) {
  RunResult run = full_run();
  run.hash.reset();
  run.table = {};
  run.collisions.reset();
  run.block_size.reset();
  run.counts.tokens.reset();
  run.ratios = {};
  run.groups.clear();
  run.memory.kv_bytes_peak.reset();
  const auto json = nlohmann::json::parse(to_json(run));
  EXPECT_FALSE(json.contains("block_size"));
  EXPECT_FALSE(json["counts"].contains("tokens"));
  EXPECT_FALSE(json.contains("groups"));
  EXPECT_FALSE(json.contains("hash"));
  EXPECT_EQ(json["table"].dump(), R"({"name":"dense"})");
  EXPECT_FALSE(json.contains("collisions"));
  EXPECT_FALSE(json["memory"].contains("kv_bytes_peak"));
  // Ratios are always there, though none may be known.
  EXPECT_TRUE(json["ratios"].empty());
}

TEST(ResultJson, RefusesWhatIsNoRun) {
  for (const char* text : {"", "{}", "[]", "{\"trace\": 3}", "{\"seed\": \"x\"}"}) {
    EXPECT_THROW((void)parse_run(text), InputError) << text;
  }
}

Results some_results() {
  Results results;
  results.provenance.config = R"({"z":1,"a":2})";
  results.provenance.config_sha256 = "0123";
  results.provenance.traces = {{"chat", "x\xff.jsonl", "bailian", "", 5, 9, 4}};
  results.runs = {full_run(), full_run()};
  return results;
}

TEST(ResultJson, WritesAFileWholeOrNotAtAll) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "out.json";
  write_results(path, some_results());
  const auto json = nlohmann::ordered_json::parse(test::read_file(path));
  EXPECT_EQ(json["schema"], "kvsim.results/1");
  EXPECT_EQ(json["provenance"]["config"].dump(), R"({"z":1,"a":2})");
  EXPECT_EQ(json["runs"].size(), 2u);
  EXPECT_FALSE(json.contains("curves"));
  EXPECT_EQ(folder.names(), std::vector<std::string>{"out.json"});

  check_writable(path);
  EXPECT_THROW(check_writable(folder.path()), InputError);
  EXPECT_THROW(check_writable(folder.path() / "none" / "out.json"), InputError);
  EXPECT_THROW(write_results(folder.path() / "none" / "out.json", some_results()), InputError);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"out.json"});
}

TEST(Provenance, NamesTheMomentInUtc) {
  using namespace std::chrono;
  EXPECT_EQ(iso_time(system_clock::time_point(milliseconds(1'714'555'800'125))),
            "2024-05-01T09:30:00.125Z");
  EXPECT_EQ(iso_time(system_clock::time_point(milliseconds(0))), "1970-01-01T00:00:00.000Z");
}

}  // namespace
}  // namespace kvsim
