// kvsim-model as a user meets it, started by kvsim.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/metrics/results_schema.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

using Json = nlohmann::json;

class ModelProgramTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  /// The exit status; what it printed is in out() and err().
  int run(const std::string& arguments) const {
    const std::string command = fmt::format("'{}' {} >'{}' 2>'{}' </dev/null", KVSIM_BINARY,
                                            arguments, path("out"), path("err"));
    return WEXITSTATUS(std::system(command.c_str()));
  }
  std::string out() const { return test::read_file(path("out")); }
  std::string err() const { return test::read_file(path("err")); }

  test::TemporaryFolder folder_;
  const std::string model_ = "--model random:layers=2,hidden=32,ffn=48,vocab=300,context=4000";
};

TEST_F(ModelProgramTest, ARecordedRunReplaysToItsOwnCounts) {
  for (const char* policy : {"lru", "s3fifo", "arc"}) {
    ASSERT_EQ(
        run(fmt::format("model run {} --workload chat:sessions=5,turns=3 --batch 3 "
                        "--policy {} --capacity 90 --block-size 8 --max-output 12 --verify "
                        "-o '{}' --record '{}' --per-request '{}'",
                        model_, policy, path("run.json"), path("run.jsonl"), path("run.csv"))),
        0)
        << err();
    ASSERT_EQ(run(fmt::format("sim '{}' --policy {} --capacity 90 --block-size 8 -o '{}'",
                              path("run.jsonl"), policy, path("sim.json"))),
              0)
        << err();
    const Json real = Json::parse(test::read_file(path("run.json")));
    const Json simulated = Json::parse(test::read_file(path("sim.json")));
    EXPECT_EQ(test::results_complaint(real), "");
    Json counts = real["runs"][0]["counts"];
    EXPECT_GT(counts["hits"], 10);
    EXPECT_GT(counts["evictions"], 10);
    counts.erase("bytes");  // a trace alone does not know a block's
    counts.erase("hit_bytes");
    EXPECT_EQ(counts, simulated["runs"][0]["counts"]) << policy;
    const Json& speedup = real["runs"][0]["speedup"][0];
    EXPECT_EQ(speedup["kind"], "measured");
    EXPECT_GT(speedup["prefill"], 0);
    EXPECT_EQ(real["runs"][0]["hash"]["name"], "xxh3_128");
  }
}

// Another program's error, in its words.
TEST_F(ModelProgramTest, MemoryThatIsNotThereIsSaid) {
  EXPECT_EQ(run("model run --model random:vocab=2,hidden=1048576 "
                "--workload chat:sessions=1,turns=1"),
            1);
  EXPECT_NE(err().find("LibTorch: "), std::string::npos) << err();
}

// But for the times, which are measured.
TEST_F(ModelProgramTest, RecordsTheSameRequestsEachTime) {
  const auto record = [&](const std::string& name) {
    EXPECT_EQ(run(fmt::format("trace record {} --workload agent:sessions=2 --max-output 6 "
                              "--temperature 0.8 --on-excess cut -o '{}'",
                              model_, path(name))),
              0)
        << err();
    std::istringstream lines(test::read_file(path(name)));
    std::vector<Json> requests;
    for (std::string line; std::getline(lines, line);) {
      requests.push_back(Json::parse(line));
      EXPECT_TRUE(requests.back().contains("events"));
      requests.back().erase("timestamp");
    }
    return requests;
  };
  const std::vector<Json> first = record("a.jsonl");
  EXPECT_GT(first.size(), 2U);
  EXPECT_EQ(first, record("b.jsonl"));
}

TEST_F(ModelProgramTest, CalibratesAProfileThatSimTakes) {
  ASSERT_EQ(run(fmt::format("model calibrate {} --longest 256 --batch 2 --rounds 1 -o '{}'", model_,
                            path("profile.json"))),
            0)
      << err();
  const Json profile = Json::parse(test::read_file(path("profile.json")));
  EXPECT_EQ(profile["schema"], "kvsim.cost/1");
  ASSERT_EQ(run(fmt::format("trace record {} --workload chat:sessions=2,turns=2 -o '{}'", model_,
                            path("t.jsonl"))),
            0)
      << err();
  ASSERT_EQ(run(fmt::format("sim '{}' --policy lru --capacity 1MiB --block-size 16 --cost '{}' "
                            "-o '{}'",
                            path("t.jsonl"), path("profile.json"), path("sim.json"))),
            0)
      << err();
  const Json results = Json::parse(test::read_file(path("sim.json")));
  EXPECT_EQ(results["runs"][0]["speedup"][0]["kind"], "modelled");

  EXPECT_EQ(run(fmt::format("model run --model random:layers=3 --workload chat:sessions=1,turns=1 "
                            "--cost '{}'",
                            path("profile.json"))),
            1);
  EXPECT_NE(err().find("--cost: the profile is of 'random-2x32'"), std::string::npos) << err();
  EXPECT_EQ(run(fmt::format("model run {} --workload chat:sessions=1,turns=1 --kv-type int8 "
                            "--cost '{}'",
                            model_, path("profile.json"))),
            1);
  EXPECT_NE(err().find("--cost: the profile keeps KV as float32"), std::string::npos) << err();
}

TEST_F(ModelProgramTest, PerplexityTellsKvTypesApart) {
  folder_.write("text.txt", "A text of some words, and some more words, and no end of words. ");
  ASSERT_EQ(run(fmt::format("model perplexity {} --workload '{}' -o '{}'", model_, path("text.txt"),
                            path("p.json"))),
            0)
      << err();
  const Json types = Json::parse(test::read_file(path("p.json")))["kv_types"];
  ASSERT_EQ(types.size(), 4U);
  EXPECT_EQ(types[0]["max_logit_difference"], 0);
  EXPECT_EQ(types[0]["bytes_per_token"], 2 * 2 * 2 * 8 * 4);
  EXPECT_GT(types[3]["max_logit_difference"], types[1]["max_logit_difference"]);
  EXPECT_LT(types[3]["bytes_per_token"], types[1]["bytes_per_token"]);
}

TEST_F(ModelProgramTest, SaysWhatIsWrong) {
  const std::string workload = " --workload chat:sessions=1,turns=1";
  EXPECT_EQ(run("model run " + model_ + workload + " --policy belady"), 1);
  EXPECT_NE(err().find("must know all accesses beforehand"), std::string::npos) << err();
  EXPECT_EQ(run("model run " + model_ + workload + " --capacity 10%"), 1);
  EXPECT_NE(err().find("--capacity: '10%' is a share"), std::string::npos) << err();
  EXPECT_EQ(run("model run --model random:layer=2" + workload), 1);
  EXPECT_NE(err().find("layers"), std::string::npos) << err();
  EXPECT_EQ(run("model run --model /no/such.gguf" + workload), 1);
  EXPECT_NE(err().find("/no/such.gguf"), std::string::npos) << err();
  EXPECT_EQ(run("model run " + model_ + workload + " --device tpu"), 1);
  EXPECT_NE(err().find("--device: device 'tpu' is unknown"), std::string::npos) << err();
  EXPECT_EQ(run("model run " + model_ + " --workload chat:session=1"), 1);
  EXPECT_NE(err().find("sessions"), std::string::npos) << err();
  EXPECT_EQ(run("model run --model randm" + workload), 1);
  EXPECT_NE(err().find("random:layers=4"), std::string::npos) << err();
  EXPECT_EQ(run("model run " + model_ + workload + " --verify --no-baseline"), 1);
  EXPECT_NE(err().find("--no-baseline"), std::string::npos) << err();
  EXPECT_EQ(run(fmt::format("model run {}{} -o '{}' --record '{}'", model_, workload, path("both"),
                            path("both"))),
            1);
  EXPECT_NE(err().find("is --output's file already"), std::string::npos) << err();
  EXPECT_EQ(run(fmt::format("model calibrate --model random:context=16 -o '{}'", path("p.json"))),
            1);
  EXPECT_NE(err().find("a context of 16 tokens"), std::string::npos) << err();
  EXPECT_EQ(run("model run " + workload), 2);
  EXPECT_EQ(run("model runn"), 2);
  EXPECT_NE(err().find("run"), std::string::npos) << err();
}

}  // namespace
}  // namespace kvsim
