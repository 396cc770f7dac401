// The program as a user meets it: what it prints, what it writes, how it ends.

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/experiments/workload_files.hpp"
#include "tests/metrics/results_schema.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

using Json = nlohmann::ordered_json;

struct Outcome {
  int status = -1;  ///< exit status, or minus the signal
  std::string out;
  std::string err;
};

class CliTest : public ::testing::Test {
 protected:
  CliTest() {
    folder_.write("chat.jsonl", test::chat_trace(300));
    folder_.write("objects.csv", test::object_trace(800));
    folder_.write("prompts.jsonl", test::token_trace(80));
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  pid_t start(const std::vector<std::string>& arguments, const std::string& name) const {
    std::vector<std::string> words{KVSIM_BINARY};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    constexpr int kNew = O_CREAT | O_TRUNC | O_WRONLY;
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, path(name + ".out").c_str(), kNew, 0644);
    posix_spawn_file_actions_addopen(&files, 2, path(name + ".err").c_str(), kNew, 0644);
    pid_t pid = -1;
    EXPECT_EQ(posix_spawn(&pid, KVSIM_BINARY, &files, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&files);
    return pid;
  }

  Outcome wait(pid_t pid, const std::string& name) const {
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
            test::read_file(path(name + ".out")), test::read_file(path(name + ".err"))};
  }

  Outcome run(const std::vector<std::string>& arguments) const {
    return wait(start(arguments, "run"), "run");
  }

  Json json(const std::string& name) const { return Json::parse(test::read_file(path(name))); }

  test::TemporaryFolder folder_;
};

struct Refused {
  std::vector<std::string> arguments;
  int status;
  std::string contains;
};

TEST_F(CliTest, RefusesWithStatusAndNearestName) {
  const std::string chat = path("chat.jsonl");
  const std::string objects = path("objects.csv");
  folder_.write("bad.json", R"({"polcies": 3})");
  folder_.write("no_traces.json", R"({"policies": "lru", "capacities": 3})");
  folder_.write("broken.jsonl", test::chat_trace(3) + "{\"chat_id\": }\n");
  const Refused cases[] = {
      {{"simm"}, 2, "did you mean 'sim'"},
      {{"trace", "infos"}, 2, "did you mean 'info'"},
      {{"trace"}, 2, "info|convert|generate"},
      {{"--verson"}, 2, "unknown command"},
      {{"sim", chat, "--polcy", "lru", "--capacity", "5"}, 2, "did you mean '--policy'"},
      {{"sim", chat, "--polcy=lru", "--capacity", "5"}, 2, "did you mean '--policy'"},
      {{"sim", chat, "--policy", "lru"}, 2, "--capacity is missing"},
      {{"sim", "--policy", "lru", "--capacity", "5"}, 2, "TRACE is missing"},
      {{"sim", chat, objects, "--policy", "lru", "--capacity", "5"}, 2, "unexpected argument"},
      {{"sim", chat, "--policy"}, 2, "--policy"},
      {{"sim", chat, "--policy", "lru", "--policy", "arc", "--capacity", "5"}, 2, "--policy"},
      {{"sim", chat, "--policy", "lruu", "--capacity", "5"}, 1, "did you mean 'lru'"},
      {{"sim", chat, "--policy", "s3fifo:smal=1", "--capacity", "5"}, 1, "did you mean 'small'"},
      {{"sim", chat, "--policy", "lru,arc,lru", "--capacity", "5"}, 1, "are the same"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5,5"}, 1, "are the same"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5, 5"}, 1, "are the same"},
      {{"sim", chat, "--policy", "lru", "--capacity", "9,000"}, 1, "10000, not 10,000"},
      {{"sim", chat, "--policy", "lru", "--capacity", "0.25"}, 1, "did you mean '25%'"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5", "-o", path("x.json.zst")},
       1,
       "written uncompressed, allowed is such as " + path("x.json")},
      {{"sim", chat, "--policy", "lfu", "--capacity", "5", "--organisation", "prefix_trie"},
       1,
       "has no form of policy 'lfu', allowed are fifo, lru, belady"},
      {{"sim", chat, "--policy", "lru", "--capacity", "8Gib"}, 1, "did you mean '8GiB'"},
      {{"sim", chat, "--policy", "lru", "--capacity", "8GiB"}, 1, "--block-bytes"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5", "--reuse", "prefx"},
       1,
       "did you mean 'prefix'"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5", "--by", "tenant"}, 1, "category"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5", "-j", "0"}, 1, "-j"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5", "-j", "two"}, 1, "-j"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5", "--block-size", "32"}, 1, "32"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5", "--format", "bailin"},
       1,
       "did you mean 'bailian'"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5", "--on-error", "go"}, 1, "skip or stop"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5", "--max-memory", "1kB"}, 1, "allowed"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5", "-o", chat}, 1, "overwritten"},
      {{"sim", chat, "--policy", "lru", "--capacity", "5", "-o", path("no/such/folder.json")},
       1,
       "No such file"},
      {{"sim", path("none.jsonl"), "--policy", "lru", "--capacity", "5"}, 1, "none.jsonl"},
      {{"sim", path("broken.jsonl"), "--policy", "lru", "--capacity", "5"}, 1, "broken.jsonl:4"},
      {{"run", path("bad.json")}, 1, "/polcies: unknown key 'polcies'; did you mean 'policies'?"},
      {{"run", path("none.json")}, 1, "none.json"},
      {{"run", path("no_traces.json")}, 1, "--trace"},
      {{"run", path("no_traces.json"), "--trace", chat, "--resume"}, 2, "-o FILE"},
      {{"run", path("no_traces.json"), "--trace", chat, "--part", "1/2"}, 2, "-o FILE"},
      {{"run", path("no_traces.json"), "--trace", chat, "--part", "3", "-o", path("p.json")},
       1,
       "I/N"},
      {{"run", path("no_traces.json"), "--trace", chat, "--part", "3/2", "-o", path("p.json")},
       1,
       "--part"},
      {{"run"}, 2, "EXPERIMENT.json is missing"},
      {{"mrc", chat, "--min", "50%", "--max", "10%"}, 1, "--min"},
      {{"mrc", chat, "--points", "1"}, 1, "--points"},
      {{"mrc", objects, "--max", "10kB"}, 1, "--max"},
      {{"mrc", objects, "--bytes", "--max", "10"}, 1, "--max"},
      {{"mrc", chat, "--bytes"}, 1, "--bytes"},
      {{"mrc", chat, "--spacing", "loq"}, 1, "did you mean 'log'"},
      {{"mrc", chat, "--sample", "2"}, 1, "--sample"},
      {{"mrc", chat, "--sample", "0.1", "--sample-size", "9"}, 1, "--sample-size"},
      {{"mrc", chat, "--sample", "1e-9"}, 1, "higher rate"},
      {{"mrc", chat, "--sample", "0.1", "--policy", "random"}, 1, "random"},
      {{"mrc", chat, "--check"}, 1, "--check"},
      {{"mrc", chat, "--target", "1.5"}, 1, "--target"},
      {{"mrc", chat, "--target", "0.5", "--sample", "0.1"}, 1, "--target"},
      {{"mrc", chat, "--target", "0.5", "--points", "3"}, 1, "--points"},
      {{"mrc", chat, "--target-ratio", "token_hit"}, 1, "--target-ratio"},
      {{"mrc", objects, "--target", "0.5", "--target-ratio", "token_hit"}, 1, "input lengths"},
      {{"list", "polices"}, 1, "did you mean 'policies'"},
      {{"list", "policies", "more"}, 2, "unexpected argument"},
      {{"trace", "info", path("none.jsonl")}, 1, "none.jsonl"},
      {{"trace", "convert", chat, path("x.unknown")}, 1, "--to"},
      {{"trace", "convert", chat, path("x"), "--to", "kvtt"}, 1, "did you mean 'kvt'"},
      {{"trace", "convert", chat, chat}, 1, "overwritten"},
      {{"trace", "generate", "zip", "-o", path("z.kvt")}, 1, "did you mean 'zipf'"},
      {{"trace", "generate", "zipf", "--set", "nothing", "-o", path("z.kvt")}, 1, "NAME=VALUE"},
      {{"trace", "generate", "zipf"}, 2, "--output is missing"},
      {{"report", path("none.json"), "-o", path("report")}, 1, "none.json"},
  };
  const std::vector<std::string> before = folder_.names();
  for (const Refused& c : cases) {
    const Outcome outcome = run(c.arguments);
    std::string typed;
    for (const std::string& word : c.arguments) typed += word + " ";
    EXPECT_EQ(outcome.status, c.status) << typed << outcome.err;
    EXPECT_NE(outcome.err.find(c.contains), std::string::npos) << typed << "\n" << outcome.err;
    EXPECT_EQ(outcome.out, "") << typed;
  }
  std::vector<std::string> after = folder_.names();
  std::erase_if(after, [](const std::string& name) { return name.starts_with("run."); });
  EXPECT_EQ(after, before) << "something half done was left behind";
}

TEST_F(CliTest, EveryCommandExplainsItself) {
  const std::vector<std::vector<std::string>> commands = {
      {"run"},    {"sim"}, {"mrc"}, {"trace", "info"}, {"trace", "convert"}, {"trace", "generate"},
      {"report"}, {"list"}};
  for (std::vector<std::string> words : commands) {
    std::string name;
    for (const std::string& word : words) name += " " + word;
    words.push_back("--help");
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.status, 0) << name;
    EXPECT_NE(outcome.out.find("Example"), std::string::npos) << name;
    EXPECT_NE(outcome.out.find("kvsim" + name), std::string::npos) << name;
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), 100u) << name << ": " << line;
    }
  }
  EXPECT_EQ(run({"--help"}).status, 0);
  EXPECT_EQ(run({}).status, 0);
  EXPECT_TRUE(run({"--version"}).out.starts_with("kvsim "));
}

TEST_F(CliTest, SimPrintsATableOrJson) {
  const Outcome table =
      run({"sim", path("chat.jsonl"), "--policy", "lru,s3fifo:small=0.2,ghost=0.5,arc",
           "--capacity", "50,10%", "-o", path("out.json")});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_EQ(table.err, "");
  for (const char* text : {"block_hit", "token_hit", "request_hit", "s3fifo:small=0.2,ghost=0.5",
                           "evictions", "6 runs", "prefix reuse"}) {
    EXPECT_NE(table.out.find(text), std::string::npos) << text << "\n" << table.out;
  }
  EXPECT_EQ(table.out.find('\x1b'), std::string::npos) << "colours in a file";
  const Json written = json("out.json");
  EXPECT_EQ(written["runs"].size(), 6u);
  EXPECT_EQ(written["runs"][2]["policy"], "s3fifo:small=0.2,ghost=0.5");
  EXPECT_EQ(written["provenance"]["traces"][0]["path"], path("chat.jsonl"));

  const Outcome printed = run({"sim", path("chat.jsonl"), "--policy", "lru", "--capacity", "50",
                               "-o", "-", "--touch-order=tail_first", "-j1"});
  EXPECT_EQ(printed.status, 0);
  EXPECT_EQ(Json::parse(printed.out)["runs"][0]["touch_order"], "tail_first");
}

TEST_F(CliTest, SimSplitsAndLists) {
  const Outcome outcome =
      run({"sim", path("chat.jsonl"), "--policy", "lru", "--capacity", "50", "--by", "category",
           "--per-request", path("rows.csv"), "-o", path("out.json")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("search"), std::string::npos);
  EXPECT_TRUE(json("out.json")["runs"][0]["groups"].contains("search"));
  EXPECT_TRUE(test::read_file(path("rows.csv")).starts_with("run,request,counted,"));
}

TEST_F(CliTest, SimModelsSpeedups) {
  const Outcome outcome =
      run({"sim", path("chat.jsonl"), "--policy", "lru,belady", "--capacity", "5%,1GiB", "--model",
           "llama-3.1-8b", "--gpu", "h100", "--kv-dtype", "float8", "-o", path("out.json")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  for (const char* text :
       {"bound x", "prefill x", "ttft p50", "modelled speedups: llama-3.1-8b on h100"})
    EXPECT_NE(outcome.out.find(text), std::string::npos) << text << "\n" << outcome.out;
  const Json results = json("out.json");
  EXPECT_EQ(test::results_complaint(results), "");
  const Json& speedup = results["runs"][0]["speedup"][0];
  EXPECT_EQ(speedup["kind"], "modelled");
  EXPECT_EQ(speedup["assumptions"]["kv_type"], "float8");
  EXPECT_TRUE(speedup["assumptions"].contains("mfu"));
}

TEST_F(CliTest, SimRefusesWhatIsNoCostModel) {
  folder_.write("model.json", R"({"name": "x", "hiden": 3})");
  const std::vector<std::pair<std::vector<std::string>, std::string>> refusals = {
      {{"--model", "llama-3.1-8b"}, "--model: a cost model needs a GPU"},
      {{"--gpu", "h100"}, "--gpu: a cost model needs a model"},
      {{"--model", "lama", "--gpu", "h100"}, "unknown model 'lama'"},
      {{"--model", path("model.json"), "--gpu", "h100"}, "/hiden: unknown key 'hiden'"},
      {{"--model", "qwen3-8b", "--gpu", "h10"}, "did you mean 'h100'"},
      {{"--model", "qwen3-8b", "--gpu", "h100", "--mfu", "1.5"}, "MFU 1.5"},
      {{"--model", "qwen3-8b", "--gpu", "h100", "--kv-dtype", "fp8"},
       "--kv-dtype: unknown element type"},
      {{"--model", "qwen3-8b", "--gpu", "h100", "--block-bytes", "16"}, "--block-bytes"},
      {{"--cost", path("none.json")}, "none.json: cannot be read"},
      {{"--cost", path("model.json")}, "\"schema\" is missing"},
      {{"--cost", "p.json", "--tp", "2"}, "either the profile"}};
  for (const auto& [options, complaint] : refusals) {
    std::vector<std::string> arguments{"sim", path("chat.jsonl"), "--policy",
                                       "lru", "--capacity",       "5%"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 1) << complaint;
    EXPECT_NE(outcome.err.find(complaint), std::string::npos) << outcome.err;
  }
}

TEST_F(CliTest, ListsModelsAndGpusWithSources) {
  const Json models = Json::parse(run({"list", "models", "--json"}).out);
  EXPECT_EQ(models.size(), 13U);
  EXPECT_EQ(models[0]["kv_bytes_per_token"], 131072);
  EXPECT_TRUE(models[0].contains("sources"));
  const Json gpus = Json::parse(run({"list", "gpus", "--json"}).out);
  EXPECT_EQ(gpus.size(), 8U);
  EXPECT_TRUE(gpus[0].contains("sources"));
  EXPECT_NE(run({"list", "models"}).out.find("73,728 bytes"), std::string::npos);
}

TEST_F(CliTest, RunResumesWhatWasKilled) {
  // Long enough to be caught in the middle.
  folder_.write("long.jsonl", test::chat_trace(20'000));
  folder_.write("x.json", R"({"traces": "long.jsonl", "capacities": ["5%", "10%", "50%"],
    "policies": ["lru", "fifo", "arc", "lirs", "wtinylfu", "hyperbolic", "random", "belady"],
    "repeats": 6})");
  const auto runs = [&](const std::string& name) {
    Json all = json(name)["runs"];
    for (Json& one : all) one.erase("replay");
    return all.dump();
  };
  ASSERT_EQ(run({"run", path("x.json"), "-o", path("whole.json")}).status, 0);
  EXPECT_FALSE(std::filesystem::exists(path("whole.json.partial")));

  const std::string partial = path("out.json.partial");
  const pid_t pid = start({"run", path("x.json"), "-o", path("out.json"), "-j", "2"}, "killed");
  for (int i = 0; i < 5000; ++i) {
    std::error_code ignored;
    if (std::filesystem::file_size(partial, ignored) > 8000 && !ignored) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  kill(pid, SIGINT);
  const Outcome killed = wait(pid, "killed");
  if (killed.status == 0) GTEST_SKIP() << "it was done before it could be interrupted";
  EXPECT_EQ(killed.status, -SIGINT);
  EXPECT_NE(killed.err.find("--resume"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path("out.json")));
  ASSERT_TRUE(std::filesystem::exists(partial));

  // What is done is not done again, nor thrown away.
  const Outcome anew = run({"run", path("x.json"), "-o", path("out.json")});
  EXPECT_EQ(anew.status, 1);
  EXPECT_NE(anew.err.find("go on with --resume, or remove the file"), std::string::npos)
      << anew.err;
  ASSERT_TRUE(std::filesystem::exists(partial));

  const Outcome resumed =
      run({"run", path("x.json"), "-o", path("out.json"), "-j", "1", "--resume"});
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_EQ(resumed.err.find("nothing to resume"), std::string::npos) << resumed.err;
  EXPECT_EQ(runs("out.json"), runs("whole.json"));
  EXPECT_FALSE(std::filesystem::exists(partial));
}

TEST_F(CliTest, RunPutsPartsTogether) {
  folder_.write("x.json", R"({"traces": "chat.jsonl", "capacities": [5, 50],
    "policies": ["lru", "fifo", "arc"]})");
  ASSERT_EQ(run({"run", path("x.json"), "-o", path("whole.json")}).status, 0);
  for (const char* part : {"1/2", "2/2"}) {
    const Outcome outcome = run({"run", path("x.json"), "-o", path("out.json"), "--part", part});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("3 runs over 1 trace"), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find(fmt::format("of part {}; ", part)), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(path("out.json")));
  }
  EXPECT_TRUE(std::filesystem::exists(path("out.json.partial-2-of-2")));
  const Outcome outcome = run({"run", path("x.json"), "-o", path("out.json"), "--resume"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  Json together = json("out.json")["runs"];
  Json whole = json("whole.json")["runs"];
  for (Json& one : together) one.erase("replay");
  for (Json& one : whole) one.erase("replay");
  EXPECT_EQ(together.dump(), whole.dump());
  for (const std::string& name : folder_.names()) {
    EXPECT_EQ(name.find("partial"), std::string::npos) << name;
  }
}

TEST_F(CliTest, RunRefusesToRepeatItselfInEveryProcess) {
  folder_.write("x.json", R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 9})");
  setenv("SLURM_STEP_NUM_TASKS", "4", 1);
  const Outcome several = run({"run", path("x.json")});
  const Outcome other = run({"sim", path("chat.jsonl"), "--policy", "lru", "--capacity", "9"});
  setenv("SLURM_STEP_NUM_TASKS", "1", 1);
  const Outcome one = run({"run", path("x.json")});
  unsetenv("SLURM_STEP_NUM_TASKS");
  EXPECT_EQ(several.status, 1);
  EXPECT_NE(several.err.find("SLURM_STEP_NUM_TASKS=4"), std::string::npos) << several.err;
  EXPECT_NE(several.err.find("docs/cluster.md"), std::string::npos) << several.err;
  EXPECT_EQ(other.status, 0);
  EXPECT_EQ(one.status, 0);
}

TEST_F(CliTest, SaysWhatMayNotBeMeant) {
  const std::string chat = path("chat.jsonl");
  const auto notes = [&](const std::string& capacities) {
    return run({"sim", chat, "--policy", "lru", "--capacity", capacities}).err;
  };
  EXPECT_NE(notes("9,139").find("one number has no separators: 9139"), std::string::npos);
  EXPECT_EQ(notes("100,200"), "");
  EXPECT_EQ(notes("9,1399"), "");

  folder_.write("x.json", R"({"traces": "chat.jsonl", "policies": "lru", "capacities": 9})");
  const Outcome resumed = run({"run", path("x.json"), "-o", path("out.json"), "--resume"});
  EXPECT_EQ(resumed.status, 0);
  EXPECT_NE(resumed.err.find("nothing to resume, starting anew"), std::string::npos) << resumed.err;
}

TEST_F(CliTest, RunTakesOtherTraces) {
  folder_.write("x.json", R"({"traces": "none.jsonl", "policies": "lru", "capacities": 9})");
  const Outcome outcome = run({"run", path("x.json"), "--trace", path("chat.jsonl"), "--trace",
                               path("objects.csv"), "-o", path("out.json")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Json written = json("out.json");
  EXPECT_EQ(written["runs"][0]["trace"], "chat");
  EXPECT_EQ(written["runs"][1]["trace"], "objects");
  EXPECT_EQ(Json::parse(run({"run", "--schema"}).out)["title"], "kvsim experiment");
}

TEST_F(CliTest, RunTakesAFolder) {
  std::filesystem::create_directory(path("question"));
  folder_.write("question/experiment.json",
                R"({"traces": "../chat.jsonl", "policies": "lru", "capacities": 9})");
  EXPECT_EQ(run({"run", path("question"), "-o", path("out.json")}).status, 0);
}

TEST_F(CliTest, ASketchThatNoMemoryHoldsIsAnError) {
  const Outcome outcome = run({"sim", path("chat.jsonl"), "--policy",
                               "wtinylfu:variant=libcachesim", "--capacity", "999999999999999999"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("out of memory"), std::string::npos);
}

TEST_F(CliTest, MrcSamples) {
  const Outcome outcome = run({"mrc", path("chat.jsonl"), "--policy", "lru,arc", "--points", "4",
                               "--sample", "50%", "-o", path("out.json")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("standard error"), std::string::npos) << outcome.out;
  const Json curves = json("out.json")["curves"];
  ASSERT_EQ(curves.size(), 2u);
  EXPECT_EQ(curves[0]["method"], "shards");
  EXPECT_EQ(curves[1]["method"], "miniature");
  for (const Json& curve : curves) {
    EXPECT_EQ(curve["rate"], 0.5);
    EXPECT_EQ(curve["error"]["kind"], "standard_error");
    EXPECT_GT(curve["error"]["mean"], 0.0);
  }
  ASSERT_EQ(run({"mrc", path("chat.jsonl"), "--points", "4", "--spacing", "linear", "--sample-size",
                 "100", "--check", "-o", path("checked.json")})
                .status,
            0);
  const Json checked = json("checked.json")["curves"][0];
  EXPECT_EQ(checked["error"]["kind"], "absolute_error");
  EXPECT_LT(checked["rate"], 1.0);
}

TEST_F(CliTest, MrcReachesATarget) {
  const Outcome outcome = run({"mrc", path("chat.jsonl"), "--policy", "lru,arc", "--target", "0.3",
                               "-o", path("out.json")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Json results = json("out.json");
  for (const Json& curve : results["curves"]) {
    const Json& target = curve["target"];
    EXPECT_EQ(target["ratio"], "block_hit");
    const std::string capacity = target["capacity_blocks"].dump();
    ASSERT_EQ(run({"sim", path("chat.jsonl"), "--policy", curve["policy"].get<std::string>(),
                   "--capacity", capacity, "-o", path("run.json")})
                  .status,
              0);
    EXPECT_EQ(json("run.json")["runs"][0]["ratios"]["block_hit"], target["reached"]);
  }
  const Outcome never = run({"mrc", path("chat.jsonl"), "--target", "1"});
  EXPECT_EQ(never.status, 0);
  EXPECT_NE(never.out.find("never reached"), std::string::npos) << never.out;
}

TEST_F(CliTest, MrcDrawsCurvesInBytes) {
  ASSERT_EQ(run({"mrc", path("objects.csv"), "--policy", "lru,gdsf", "--bytes", "--points", "4",
                 "-o", path("out.json")})
                .status,
            0);
  const Json results = json("out.json");
  for (const Json& curve : results["curves"]) {
    EXPECT_EQ(curve["capacity_bytes"].size(), 4u);
    EXPECT_FALSE(curve.contains("capacity_blocks"));
  }
}

TEST_F(CliTest, MrcDrawsACurve) {
  const Outcome outcome = run({"mrc", path("chat.jsonl"), "--policy", "lru,arc", "--points", "5",
                               "--min", "2", "-o", path("out.json")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Json curves = json("out.json")["curves"];
  ASSERT_EQ(curves.size(), 2u);
  EXPECT_EQ(curves[0]["capacity_blocks"].size(), 5u);
  EXPECT_EQ(curves[0]["capacity_blocks"][0], 2);
  EXPECT_EQ(curves[0]["method"], "exact");
  EXPECT_EQ(curves[1]["method"], "sweep");
  // One pass says what a replay at each capacity does.
  std::string capacities;
  for (const Json& capacity : curves[0]["capacity_blocks"]) {
    capacities += (capacities.empty() ? "" : ",") + capacity.dump();
  }
  ASSERT_EQ(run({"sim", path("chat.jsonl"), "--policy", "lru", "--capacity", capacities, "-o",
                 path("runs.json")})
                .status,
            0);
  const Json replayed = json("runs.json")["runs"];
  for (std::size_t i = 0; i < replayed.size(); ++i) {
    EXPECT_EQ(replayed[i]["ratios"]["block_hit"], curves[0]["block_hit"][i]);
    EXPECT_EQ(replayed[i]["ratios"]["token_hit"], curves[0]["token_hit"][i]);
  }
  // LRU's hits never fall with capacity (it is a stack algorithm).
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_GE(curves[0]["block_hit"][i].get<double>(), curves[0]["block_hit"][i - 1].get<double>());
  }
}

TEST_F(CliTest, TraceCommandsGoTogether) {
  ASSERT_EQ(run({"trace", "convert", path("chat.jsonl"), path("chat.kvt")}).status, 0);
  const auto hits = [&](const std::string& name) {
    const Outcome outcome =
        run({"sim", path(name), "--policy", "lru", "--capacity", "50", "-o", "-"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return Json::parse(outcome.out)["runs"][0]["counts"];
  };
  EXPECT_EQ(hits("chat.kvt"), hits("chat.jsonl"));
  EXPECT_EQ(Json::parse(run({"trace", "info", path("chat.kvt"), "--json"}).out)["requests"], 300);
  EXPECT_NE(run({"trace", "info", path("objects.csv")}).out.find("800"), std::string::npos);
  const std::vector<std::string> generate = {"trace",        "generate", "zipf", "--set",
                                             "accesses=500", "--seed",   "3",    "-o"};
  std::vector<std::string> first = generate, second = generate;
  first.push_back(path("a.kvt"));
  second.push_back(path("b.kvt"));
  ASSERT_EQ(run(first).status, 0);
  ASSERT_EQ(run(second).status, 0);
  EXPECT_EQ(hits("a.kvt"), hits("b.kvt"));
}

TEST_F(CliTest, SkipsAndSaysSo) {
  folder_.write("broken.jsonl", test::chat_trace(50) + "{\"chat_id\": }\n");
  const Outcome outcome = run({"sim", path("broken.jsonl"), "--policy", "lru", "--capacity", "9",
                               "--on-error", "skip", "-o", path("skipped.json")});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.err.find("1 malformed record skipped"), std::string::npos) << outcome.err;
  EXPECT_EQ(json("skipped.json")["provenance"]["traces"][0]["skipped_records"], 1);
}

TEST_F(CliTest, ListsEveryKind) {
  const Outcome all = run({"list"});
  for (const char* text : {"policies", "s3fifo", "small=0.1", "formats", "mooncake", "generators",
                           "tinylfu", "prefix_trie", "vllm_sha256_cbor"}) {
    EXPECT_NE(all.out.find(text), std::string::npos) << text;
  }
  const Json policies = Json::parse(run({"list", "policies", "--json"}).out);
  EXPECT_EQ(policies[0]["name"], "fifo");
  const Json kinds = Json::parse(run({"list", "--json"}).out);
  for (const char* kind :
       {"policies", "admissions", "organisations", "hashes", "formats", "writers", "generators"}) {
    EXPECT_TRUE(kinds.contains(kind)) << kind;
  }
  for (const auto& [kind, components] : kinds.items()) {
    EXPECT_FALSE(components.empty()) << kind;
    EXPECT_NE(all.out.find(kind + ": "), std::string::npos) << kind;
  }
  const Json writers = Json::parse(run({"list", "writers", "--json"}).out);
  EXPECT_EQ(writers[0]["name"], "kvt");
}

TEST_F(CliTest, AuditsHashFunctions) {
  const Outcome done = run({"hash", "audit", path("chat.jsonl"), "--hash", "identity,sha256",
                            "--bits", "16,64", "--lookups-per-second", "1", "--resident", "1",
                            "--false-hits-per-year", "1", "-o", path("audit.json")});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_NE(done.out.find("identity: unfit"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("sha256: cryptographic"), std::string::npos);
  EXPECT_NE(done.out.find("25 bits keep false hits"), std::string::npos);
  const Json results = json("audit.json");
  EXPECT_EQ(test::results_complaint(results), "");
  EXPECT_TRUE(results["runs"].empty());
  ASSERT_EQ(results["hash_audit"]["functions"].size(), 2U);
  EXPECT_EQ(results["hash_audit"]["advice"]["bits"], 25);
  EXPECT_EQ(results["provenance"]["traces"][0]["name"], "chat");
  const Json& prompts = results["hash_audit"]["functions"][0]["colliding_prompts"];
  EXPECT_EQ(prompts["first"].size(), 16U);
  EXPECT_NE(prompts["first"], prompts["second"]);
}

TEST_F(CliTest, AuditsAnEnginesChainOnTokens) {
  const Outcome done = run({"hash", "audit", path("prompts.jsonl"), "--chain", "vllm_sha256_cbor",
                            "--block-size", "8", "-o", "-"});
  EXPECT_EQ(done.status, 0) << done.err;
  const Json results = Json::parse(done.out);
  EXPECT_EQ(test::results_complaint(results), "");
  EXPECT_EQ(results["hash_audit"]["chain"], "vllm_sha256_cbor");
  EXPECT_EQ(results["hash_audit"]["block_size"], 8);
}

TEST_F(CliTest, BenchmarksHashFunctionsAndTables) {
  const Outcome done = run({"hash",
                            "bench",
                            "--hash",
                            "xxh3_64,sha256",
                            "--chain",
                            "vllm_sha256_cbor",
                            "--block-tokens",
                            "16",
                            "--rounds",
                            "1",
                            "--table",
                            "linear_probing",
                            "--load",
                            "0.5",
                            "--entries",
                            "1024",
                            "--prompt",
                            "4096",
                            "-o",
                            path("bench.json")});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_NE(done.out.find("vllm_sha256_cbor (sha256)"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("139 ms modelled prefill"), std::string::npos) << done.out;
  const Json results = json("bench.json");
  EXPECT_EQ(test::results_complaint(results), "");
  EXPECT_EQ(results["hash_bench"]["hashes"].size(), 3U);
  EXPECT_EQ(results["hash_bench"]["tables"].size(), 1U);
  EXPECT_EQ(results["hash_bench"]["shares"].size(), 3U);
  const Outcome measured = run({"hash", "bench", "--hash", "xxh3_64", "--rounds", "1",
                                "--no-tables", "--ttft", "0.5", "--prompt", "4096", "-o", "-"});
  const Json prefill = Json::parse(measured.out)["hash_bench"]["prefill"];
  EXPECT_EQ(prefill["kind"], "measured");
  EXPECT_EQ(prefill["seconds"], 0.5);
  EXPECT_FALSE(prefill.contains("assumptions"));
}

TEST_F(CliTest, HashCommandsRefuse) {
  const std::string chat = path("chat.jsonl");
  const Refused refusals[] = {
      {{"hash", "audit"}, 2, "TRACE"},
      {{"hash", "audi", chat}, 2, "audit"},
      {{"hash", "audit", chat, "--hash", "xxh3_6"}, 1, "xxh3_64"},
      {{"hash", "audit", chat, "--bits", "0"}, 1, "--bits"},
      {{"hash", "audit", chat, "--chain", "vllm_sha256"}, 1, "token"},
      {{"hash", "audit", chat, "--hash", "sha256", "--chain", "vllm_sha256"}, 1, "its own"},
      {{"hash", "audit", chat, "--resident", "-3"}, 1, "--resident"},
      {{"hash", "audit", chat, "--false-hits-per-year", "0"}, 1, "above 0"},
      {{"hash", "bench", "--table", "robin"}, 1, "robin_hood"},
      {{"hash", "bench", "--load", "1.5"}, 1, "1.5"},
      {{"hash", "bench", "--model", "llama"}, 1, "llama-3.1-8b"},
      {{"hash", "bench", "--ttft", "1", "--gpu", "h100"}, 1, "--ttft"},
      {{"hash", "bench", "--no-hashes", "--no-tables"}, 1, "--no-tables"},
      {{"hash", "bench", "--cached", "2"}, 1, "0 to 1"}};
  for (const Refused& refusal : refusals) {
    const Outcome outcome = run(refusal.arguments);
    EXPECT_EQ(outcome.status, refusal.status) << outcome.err;
    EXPECT_NE(outcome.err.find(refusal.contains), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
}

}  // namespace
}  // namespace kvsim
