// The configuration's schema is what the registries say, and says what the reader accepts; results
// are what theirs says.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "experiments/curves.hpp"
#include "experiments/runner.hpp"
#include "sim/core/error.hpp"
#include "tests/experiments/workload_files.hpp"
#include "tests/metrics/results_schema.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

using Json = nlohmann::json;
using test::SchemaCheck;

const std::filesystem::path kSource = KVSIM_SOURCE_DIR;

TEST(ExperimentSchema, IsTheOneInTheFolder) {
  EXPECT_EQ(test::read_file(kSource / "experiments/schema/experiment.schema.json"),
            experiment_schema())
      << "write it anew: kvsim run --schema > experiments/schema/experiment.schema.json";
}

TEST(ExperimentSchema, AcceptsTheExperimentsOfTheProject) {
  SchemaCheck check(Json::parse(experiment_schema()));
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kSource / "experiments")) {
    const std::filesystem::path file = entry.path() / "experiment.json";
    if (!std::filesystem::exists(file)) continue;
    ++found;
    EXPECT_EQ(check.complaint(Json::parse(test::read_file(file))), "") << file;
    EXPECT_TRUE(std::filesystem::exists(entry.path() / "README.md")) << entry.path();
    const ExperimentConfig config = read_experiment(file);
    EXPECT_EQ(check.complaint(Json::parse(resolved_json(config))), "") << file;
  }
  EXPECT_GE(found, 2u);
}

// Schema and reader agree on small configurations, right and wrong.
TEST(ExperimentSchema, AgreesWithTheReader) {
  SchemaCheck check(Json::parse(experiment_schema()));
  const char* texts[] = {
      R"("reuse": "prefix")",
      R"("reuse": ["prefix", "object"])",
      R"("reuse": "prefx")",
      R"("reuse": [])",
      R"("reuse": ["prefix", "prefix"])",
      R"("warmup": 0.5)",
      R"("warmup": 1)",
      R"("warmup": "full")",
      R"("warmup": "later")",
      R"("block_sizes": [16, 32])",
      R"("block_sizes": [0])",
      R"("seed": 3, "repeats": 2)",
      R"("repeats": 0)",
      R"("seeds": [1, 2])",
      R"("seeds": [1, 1])",
      R"("by": "hour")",
      R"("by": "day")",
      R"("cases": [{"policies": ["lru"]}])",
      R"("cases": [{"policy": ["lru"]}])",
      R"("cases": [])",
      R"("ignore_size": "yes")",
      R"("unknown": 1)",
      R"("traces": ["a", {"path": "b", "on_error": "skip"}])",
      R"("traces": [{"path": "b", "onerror": "skip"}])",
      R"("traces": [{"name": "b"}])",
      R"("traces": [""])",
      R"("policies": ["s3fifo:small=0.2", "tinylfu+lru", {"name": "arc"}])",
      R"("policies": ["tinylfu"])",
      R"("policies": ["nothing"])",
      R"("policies": [{"name": "s3fifo", "params": {"small": 0.2}, "admission": "tinylfu"}])",
      R"("policies": [{"name": "s3fifo", "params": {"small": 2}}])",
      R"("policies": [{"name": "s3fifo", "params": {"smal": 0.2}}])",
      R"("policies": [{"name": "s3fifo", "params": {"variant": "paper"}}])",
      R"("policies": [{"name": "s3fifo", "params": {"variant": "papier"}}])",
      R"("policies": [{"name": "slru", "params": {"segments": 2.5}}])",
      R"("policies": [{"name": "lru", "admission": [{"name": "max_size", "params": {"share": 1}}]}])",
      R"("capacities": [1000, "10%", "4Mtok", "8GiB", "4096B", "1.5%"])",
      R"("capacities": ["10 %"])",
      R"("capacities": [0])",
      R"("capacities": [1.5])",
      R"("capacities": ["8gib"])",
      R"("hash": ["xxh3_64", "identity"], "hash_bits": [16, 64], "hash_seed": 0)",
      R"("hash": {"name": "xxh3_64", "params": {}})",
      R"("hash": "xxh3")",
      R"("hash": [])",
      R"("hash": ["xxh3_64", "xxh3_64"])",
      R"("hash_bits": 0)",
      R"("hash_bits": 257)",
      R"("hash_seed": -1)",
      R"("chain": ["kvsim", "vllm_sha256_cbor"])",
      R"("chain": "vlm")",
      R"("table": ["dense", "robin_hood", {"name": "chaining"}], "load": [0.5, 0.8])",
      R"("table": "robinhood")",
      R"("table": "chaining", "load": 0)",
      R"("table": "chaining", "load": 1)",
      R"("table": "chaining", "load": "0.5")",
  };
  for (const char* text : texts) {
    const std::string all = fmt::format("{{{}}}", text);
    Json json = Json::parse(all);
    if (!json.contains("policies")) json["policies"] = "lru";
    if (!json.contains("capacities")) json["capacities"] = 5;
    std::string message;
    try {
      (void)parse_experiment(json.dump(), "x.json");
    } catch (const InputError& error) {
      message = error.what();
    }
    const std::string complaint = check.complaint(json);
    EXPECT_EQ(complaint.empty(), message.empty())
        << text << "\n  reader: " << message << "\n  schema: " << complaint;
  }
}

TEST(ResultsSchema, AcceptsRealResults) {
  SchemaCheck check(Json::parse(test::read_file(kSource / "reports/schema/results.schema.json")));
  test::TemporaryFolder folder;
  folder.write("chat.jsonl", test::chat_trace(200));
  folder.write("objects.csv", test::object_trace(500));
  folder.write("prompts.jsonl", test::token_trace(50));
  const char* texts[] = {
      R"({"traces": ["chat.jsonl", "objects.csv", "prompts.jsonl"],
          "policies": ["lru", "tinylfu+s3fifo:small=0.2", "belady"], "capacities": [5, "10%"],
          "seeds": [1, 2]})",
      R"({"traces": "chat.jsonl", "policies": "lru", "capacities": ["10%", 9999999], "by": "category",
          "block_bytes": 100, "warmup": "full", "reuse": ["object", "prefix"],
          "lookup": ["all", "full_blocks"]})",
      R"({"traces": "objects.csv", "policies": "gdsf", "capacities": "10kB", "by": "hour"})",
      R"({"traces": "chat.jsonl", "policies": ["fifo", "lru"], "capacities": 40,
          "organisation": "prefix_trie"})",
      R"({"traces": ["chat.jsonl", "objects.csv", "prompts.jsonl"], "policies": ["lru", "arc"],
          "capacities": [5, "10%"], "hash": ["xxh3_64", "identity"], "hash_bits": [6, 64],
          "table": ["dense", "robin_hood", "chaining"], "load": [0.5, 0.9]})",
      R"({"traces": ["prompts.jsonl"], "policies": "lru", "capacities": "10%",
          "chain": ["kvsim", "vllm_sha256_cbor", "dynamo"], "hash_bits": 8})"};
  for (const char* text : texts) {
    ExperimentConfig config = parse_experiment(text, "x.json");
    config.folder = folder.path();
    Results results = run_experiment(config, {});
    results.curves = sweep_curves(results.runs);
    const std::string written = to_json(results);
    EXPECT_EQ(check.complaint(Json::parse(written)), "") << text;
    const auto json = nlohmann::ordered_json::parse(written);
    for (std::size_t i = 0; i < results.runs.size(); ++i) {
      EXPECT_EQ(parse_run(json["runs"][i].dump()), results.runs[i]) << text;
    }
  }
}

}  // namespace
}  // namespace kvsim
