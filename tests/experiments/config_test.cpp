#include "experiments/config.hpp"

#include <gtest/gtest.h>

#include "sim/core/error.hpp"

namespace kvsim {
namespace {

std::string error_of(const std::string& text) {
  try {
    (void)parse_experiment(text, "x.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

// An experiment with one more key.
std::string with(const std::string& more) {
  return R"({"traces": ["a.jsonl"], "policies": ["lru"], "capacities": [10], )" + more + "}";
}

struct Refusal {
  std::string text;
  std::string place;     ///< the message begins with file and JSON pointer …
  std::string contains;  ///< … and says this
};

TEST(Config, RefusesWithPlaceAndNearestName) {
  const Refusal cases[] = {
      {with(R"("reus": "prefix")"), "x.json: /reus: ", "did you mean 'reuse'"},
      {with(R"("reuse": "prefx")"), "x.json: /reuse: ", "did you mean 'prefix'"},
      {with(R"("reuse": ["prefix", "objekt"])"), "x.json: /reuse/1: ", "did you mean 'object'"},
      {with(R"("reuse": ["prefix", "prefix"])"), "x.json: /reuse/1: ", "listed twice"},
      {with(R"("reuse": 3)"), "x.json: /reuse: ", "found 3"},
      {with(R"("reuse": [])"), "x.json: /reuse: ", "found an empty list"},
      {with(R"("touch_order": "head")"), "x.json: /touch_order: ", "allowed: head_first"},
      {with(R"("lookup": "ful_blocks")"), "x.json: /lookup: ", "did you mean 'full_blocks'"},
      {with(R"("organisation": "flatt")"), "x.json: /organisation: ", "did you mean 'flat'"},
      {with(R"("by": "categry")"), "x.json: /by: ", "did you mean 'category'"},
      {with(R"("by": ["hour"])"), "x.json: /by: ", "found a list"},
      {with(R"("warmup": 1)"), "x.json: /warmup: ", "below 1"},
      {with(R"("warmup": -0.1)"), "x.json: /warmup: ", "below 1"},
      {with(R"("warmup": "ful")"), "x.json: /warmup: ", "full"},
      {with(R"("warmup": null)"), "x.json: /warmup: ", "found null"},
      {with(R"("block_sizes": [16, 0])"), "x.json: /block_sizes/1: ", "from 1"},
      {with(R"("block_sizes": [16, 16])"), "x.json: /block_sizes/1: ", "listed twice"},
      {with(R"("block_sizes": 16.5)"), "x.json: /block_sizes: ", "found 16.5"},
      {with(R"("model": "qwen3-8b")"), "x.json: /model: ", "needs a GPU"},
      {with(R"("tp": 2)"), "x.json: /tp: ", "needs a model"},
      {with(R"("model": "a", "gpu": "b", "mfu": 0)"), "x.json: /model: ", "MFU 0"},
      {with(R"("model": "a", "gpu": "b", "mbu": 2)"), "x.json: /mbu: ", "found 2"},
      {with(R"("model": "a", "gpu": "b", "kv_dtype": "bfloat")"),
       "x.json: /kv_dtype: ", "bfloat16"},
      {with(R"("cost": "p.json", "gpu": "h100")"), "x.json: /gpu: ", "either the profile"},
      {with(R"("model": "a", "gpu": "b", "block_bytes": 16)"), "x.json: ", "says what a block"},
      {with(R"("block_bytes": "big")"), "x.json: /block_bytes: ", "an integer"},
      {with(R"("ignore_size": 1)"), "x.json: /ignore_size: ", "true or false"},
      {with(R"("seed": -1)"), "x.json: /seed: ", "from 0"},
      {with(R"("repeats": 0)"), "x.json: /repeats: ", "from 1"},
      {with(R"("seeds": [1, 1])"), "x.json: /seeds/1: ", "listed twice"},
      {with(R"("seeds": [1], "seed": 2)"), "x.json: /seed: ", "either"},
      {with(R"("traces": ["b.jsonl"])"), "x.json: /traces: ", "given twice"},
      {with(R"("cases": [])"), "x.json: /cases: ", "empty list"},
      {with(R"("cases": {})"), "x.json: /cases: ", "a list of cases"},
      {with(R"("cases": [{"capacity": 5}])"),
       "x.json: /cases/0/capacity: ", "did you mean 'capacities'"},
      {with(R"("cases": [{}, {"by": "hour"}])"), "x.json: /cases/1/by: ", "unknown key"},
      {with(R"("cases": [{"reuse": "object", "reuse": "prefix"}])"),
       "x.json: /cases/0/reuse: ", "given twice"},
      {with(R"("hash": "xxh3")"), "x.json: /hash: ", "did you mean 'xxh3_64'"},
      {with(R"("hash": ["xxh3_64", "identiti"])"), "x.json: /hash/1: ", "did you mean 'identity'"},
      {with(R"("hash": [{"name": "xxh3_64", "params": {"m": 3}}])"),
       "x.json: /hash/0/params/m: ", "xxh3_64"},
      {with(R"("hash": ["xxh3_64", "xxh3_64"])"), "x.json: /hash/1: ", "listed twice"},
      {with(R"("hash_bits": 0)"), "x.json: /hash_bits: ", "from 1"},
      {with(R"("hash": "xxh3_64", "hash_bits": 65)"), "x.json: ", "its digests have 64"},
      {with(R"("hash": "identity", "hash_seed": 1)"), "x.json: ", "takes no seed"},
      {with(R"("chain": "vllm")"), "x.json: /chain: ", "unknown chain"},
      {with(R"("chain": "dynamo", "hash": "identity")"), "x.json: ", "uses hash 'xxh3_64'"},
      {with(R"("table": "robinhood")"), "x.json: /table: ", "did you mean 'robin_hood'"},
      {with(R"("table": "robin_hood", "load": 1)"), "x.json: /load: ", "from 0.01 to 0.99"},
      {with(R"("chain": "dynamo", "hash_seed": 1)"), "x.json: ", "its own rules"},
      {with(R"("table": "chaining", "load": 1e-300)"), "x.json: /load: ", "from 0.01"},
      {with(R"("load": 0.5)"), "x.json: ", "no table"},
      {with(R"("description": 5)"), "x.json: /description: ", "found 5"},
      {R"({"policies": "lru"})", "x.json: ", "\"capacities\" is missing"},
      {R"({"capacities": 5})", "x.json: ", "\"policies\" is missing"},
      {R"({"capacities": 5, "cases": [{"policies": "lru"}, {}]})",
       "x.json: /cases/1: ", "\"policies\" is missing"},
      {R"({"policies": ["lru", "arc", "lru"], "capacities": 5})",
       "x.json: /policies/2: ", "first at /policies/0"},
      // The default written out is the same policy.
      {R"({"policies": ["s3fifo", "s3fifo:small=0.1"], "capacities": 5})",
       "x.json: /policies/1: ", "listed twice"},
      {R"({"policies": "lruu", "capacities": 5})", "x.json: /policies: ", "did you mean 'lru'"},
      {R"({"policies": ["s3fifo:smal=1"], "capacities": 5})",
       "x.json: /policies/0: ", "did you mean 'small'"},
      {R"({"policies": [{"name": "s3fifo", "params": {"smal": 1}}], "capacities": 5})",
       "x.json: /policies/0/params/smal: ", "did you mean 'small'"},
      {R"({"policies": [{"name": "s3fifo", "params": {"small": 7}}], "capacities": 5})",
       "x.json: /policies/0/params/small: ", "from 0 to 1"},
      {R"({"policies": [{"name": "s3fifo", "params": {"small": "x"}}], "capacities": 5})",
       "x.json: /policies/0/params/small: ", "from 0 to 1"},
      {R"({"policies": [{"name": "s3fifo", "params": {"small": []}}], "capacities": 5})",
       "x.json: /policies/0/params/small: ", "found an empty list"},
      {R"({"policies": [{"name": "s3fifo", "params": 3}], "capacities": 5})",
       "x.json: /policies/0/params: ", "an object"},
      {R"({"policies": [{"name": "s3fifoo"}], "capacities": 5})",
       "x.json: /policies/0/name: ", "did you mean 's3fifo'"},
      {R"({"policies": [{"nam": "lru"}], "capacities": 5})",
       "x.json: /policies/0/nam: ", "did you mean 'name'"},
      {R"({"policies": [{"params": {}}], "capacities": 5})",
       "x.json: /policies/0: ", "\"name\" is missing"},
      {R"({"policies": [{"name": "lru", "admission": ["tinylfuu"]}], "capacities": 5})",
       "x.json: /policies/0/admission/0: ", "did you mean 'tinylfu'"},
      {R"({"policies": [5], "capacities": 5})", "x.json: /policies/0: ", "found 5"},
      {R"({"policies": "lru", "capacities": ["10%", "1O%"]})", "x.json: /capacities/1: ", "1O%"},
      {R"({"policies": "lru", "capacities": ["1000", 1000]})",
       "x.json: /capacities/1: ", "listed twice"},
      {R"({"policies": "lru", "capacities": ["1GiB", "1024MiB"]})",
       "x.json: /capacities/1: ", "listed twice"},
      {R"({"policies": "lru", "capacities": [-5]})", "x.json: /capacities/0: ", "found -5"},
      {R"({"policies": "lru", "capacities": [1.5]})", "x.json: /capacities/0: ", "found 1.5"},
      {R"({"policies": "lru", "capacities": [0]})", "x.json: /capacities/0: ", "found 0"},
      {R"({"policies": "lru", "capacities": 5, "traces": [{"pth": "a"}]})",
       "x.json: /traces/0/pth: ", "did you mean 'path'"},
      {R"({"policies": "lru", "capacities": 5, "traces": [{"name": "a"}]})",
       "x.json: /traces/0: ", "\"path\" is missing"},
      {R"({"policies": "lru", "capacities": 5, "traces": [""]})", "x.json: /traces/0: ", "a path"},
      {R"({"policies": "lru", "capacities": 5, "traces": ["a", "b", "a"]})",
       "x.json: /traces/2: ", "listed twice"},
      {R"({"policies": "lru", "capacities": 5, "traces": [{"path": "a", "format": "moncake"}]})",
       "x.json: /traces/0/format: ", "did you mean 'mooncake'"},
      {R"({"policies": "lru", "capacities": 5, "traces": [{"path": "a", "on_error": "go"}]})",
       "x.json: /traces/0/on_error: ", "skip"},
      {R"([])", "x.json: ", "found an empty list"},
      {R"(3)", "x.json: ", "an object"},
      {"", "x.json: not JSON: ", ""},
      {"{\"policies\": [\"lru\"],\n \"capacities\": 5,}", "x.json: not JSON: ", "line 2"},
      {R"({"policies": "lru", "capacities": 1e999})", "x.json: not JSON: ", "1e999"},
      {R"({"a/b": 1})", "x.json: /a~1b: ", "unknown key"},
      {std::string("{\"policies\": \"\xff\"}"), "x.json: not JSON: ", ""},
  };
  for (const Refusal& c : cases) {
    const std::string message = error_of(c.text);
    EXPECT_TRUE(message.starts_with(c.place)) << c.text << "\n  says: " << message;
    EXPECT_NE(message.find(c.contains), std::string::npos) << c.text << "\n  says: " << message;
  }
}

TEST(Config, SurvivesDeepNesting) {
  EXPECT_NE(error_of(std::string(200'000, '[')), "");
  EXPECT_NE(
      error_of(R"({"traces": )" + std::string(100'000, '[') + std::string(100'000, ']') + "}"), "");
}

TEST(Config, ReadsOneValueWhereAListMayStand) {
  const ExperimentConfig config =
      parse_experiment(R"({"traces": "a.jsonl", "policies": "lru", "capacities": "10%"})", "x");
  ASSERT_EQ(config.sweeps.size(), 1u);
  EXPECT_EQ(config.traces.at(0).path, "a.jsonl");
  EXPECT_EQ(config.sweeps[0].policies.size(), 1u);
  EXPECT_EQ(config.sweeps[0].capacities.at(0).text, "10%");
  EXPECT_EQ(config.sweeps[0].seeds, std::vector<std::uint64_t>{1});
  EXPECT_FALSE(config.by);
}

TEST(Config, CasesOverrideWhatStandsAbove) {
  const ExperimentConfig config = parse_experiment(R"({
      "traces": [{"path": "a", "name": "A"}, {"path": "b", "name": "B"}],
      "policies": ["lru", "arc"], "capacities": [10], "seed": 7, "repeats": 3,
      "cases": [{}, {"policies": "fifo", "traces": "B", "seeds": [4]}]})",
                                                   "x");
  ASSERT_EQ(config.sweeps.size(), 2u);
  EXPECT_EQ(config.sweeps[0].policies.size(), 2u);
  EXPECT_EQ(config.sweeps[0].seeds, (std::vector<std::uint64_t>{7, 8, 9}));
  EXPECT_EQ(label_of(config.sweeps[1].policies.at(0)), "fifo");
  EXPECT_EQ(config.sweeps[1].traces, std::vector<std::string>{"B"});
  EXPECT_EQ(config.sweeps[1].seeds, std::vector<std::uint64_t>{4});
  EXPECT_EQ(config.sweeps[1].capacities.size(), 1u);
}

TEST(Config, BothWaysToWriteAPolicyAreOne) {
  const ExperimentConfig config = parse_experiment(
      R"({"capacities": 1, "cases": [
        {"policies": "max_size:share=0.5+s3fifo:small=0.2"},
        {"policies": {"name": "s3fifo", "params": {"small": 0.2, "ghost": 0.9},
                      "admission": [{"name": "max_size", "params": {"share": 0.5}}]}}]})",
      "x");
  const PolicySpec& text = config.sweeps[0].policies[0];
  const PolicySpec& object = config.sweeps[1].policies[0];
  EXPECT_EQ(identity_of(text), identity_of(object));
  EXPECT_EQ(label_of(text), label_of(object));
}

// What provenance records is itself a configuration, and the same one.
TEST(Config, ResolvedTextReadsBackAsItself) {
  const char* texts[] = {
      R"({"traces": ["a.jsonl", {"path": "b", "name": "B", "format": "csv:id=x", "on_error": "skip"}],
          "policies": ["lru", "tinylfu+s3fifo:small=0.2"], "capacities": [1, "10%", "4Mtok", "1.5GiB"],
          "reuse": ["auto", "prefix"], "touch_order": "tail_first", "lookup": "full_blocks",
          "block_sizes": [16, 64], "block_bytes": 4096, "warmup": 0.25, "seeds": [1, 5],
          "by": "hour", "ignore_size": true})",
      R"({"traces": "a", "capacities": "8GiB", "policies": "lru", "model": "qwen3-8b", "gpu": "h100",
          "tp": 2, "mfu": 0.5, "mbu": 0.6, "kv_dtype": "int8"})",
      R"({"traces": "a", "capacities": "8GiB", "policies": "lru", "cost": "profile.json"})",
      R"({"traces": "a", "capacities": 5,
          "cases": [{"policies": "lru", "warmup": "full"}, {"policies": "belady:bypass=true"}]})"};
  for (const char* text : texts) {
    const ExperimentConfig config = parse_experiment(text, "x");
    const std::string resolved = resolved_json(config);
    const ExperimentConfig again = parse_experiment(resolved, "resolved");
    EXPECT_EQ(resolved_json(again), resolved);
    for (std::size_t s = 0; s < config.sweeps.size(); ++s) {
      for (std::size_t p = 0; p < config.sweeps[s].policies.size(); ++p) {
        EXPECT_EQ(label_of(again.sweeps[s].policies[p]), label_of(config.sweeps[s].policies[p]));
      }
    }
  }
}

TEST(Config, WarmupIsAShareOrUntilFull) {
  EXPECT_DOUBLE_EQ(parse_warmup("0.25").share, 0.25);
  EXPECT_DOUBLE_EQ(parse_warmup("25%").share, 0.25);
  EXPECT_DOUBLE_EQ(parse_warmup("0").share, 0);
  EXPECT_TRUE(parse_warmup("full").until_full);
  for (const char* text : {"", "1", "100%", "-1", "half", "nan", "inf", "true"}) {
    EXPECT_THROW((void)parse_warmup(text), InputError) << text;
  }
}

}  // namespace
}  // namespace kvsim
