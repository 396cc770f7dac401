// `kvsim model train` and `kvsim model run` of recurrent models, as a user meets them.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sim/core/rng.hpp"
#include "tests/metrics/results_schema.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

using Json = nlohmann::json;

class RecurrentProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    Rng rng(1);
    std::string text;
    for (int line = 0; line < 400; ++line) {
      for (int word = 0; word < 6; ++word)
        text += fmt::format("w{} ", rng.below(40) * rng.below(2));
      text += "\n";
    }
    folder_.write("text.txt", text);
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  int run(const std::string& arguments) const {
    const std::string command = fmt::format("'{}' {} >'{}' 2>'{}' </dev/null", KVSIM_BINARY,
                                            arguments, path("out"), path("err"));
    return WEXITSTATUS(std::system(command.c_str()));
  }
  std::string err() const { return test::read_file(path("err")); }
  int train(const std::string& more) const {
    return run(
        fmt::format("model train '{}' --epochs 1 --hidden 8 --embedding 8 --batch 4 "
                    "--checkpoint '{}' {}",
                    path("text.txt"), path("model.safetensors"), more));
  }

  test::TemporaryFolder folder_;
};

TEST_F(RecurrentProgramTest, TrainsServesAndReplays) {
  ASSERT_EQ(train(fmt::format("-o '{}'", path("training.json"))), 0) << err();
  const Json training = Json::parse(test::read_file(path("training.json")));
  EXPECT_EQ(test::results_complaint(training), "");
  EXPECT_EQ(training["training"]["models"].size(), 3U);
  EXPECT_EQ(training["training"]["config"]["cell"], "lstm");

  ASSERT_EQ(run(fmt::format("model run --model '{}' --workload '{}' --requests 20 --heads 2 "
                            "--head-tokens 40 --tail-tokens 9 --block-size 4 --capacity 30 "
                            "--policy s3fifo --max-output 5 --embedding-cache 8 --hash-bits 6 "
                            "--record '{}' --embedding-trace '{}' -o '{}'",
                            path("model.safetensors"), path("text.txt"), path("states.jsonl"),
                            path("words.ids"), path("run.json"))),
            0)
      << err();
  const Json results = Json::parse(test::read_file(path("run.json")));
  EXPECT_EQ(test::results_complaint(results), "");
  ASSERT_EQ(results["runs"].size(), 2U);
  ASSERT_EQ(run(fmt::format("sim '{}' --policy s3fifo --capacity 30 --block-size 4 --lookup "
                            "full_blocks -o '{}'",
                            path("states.jsonl"), path("sim.json"))),
            0)
      << err();
  EXPECT_EQ(results["runs"][0]["counts"],
            Json::parse(test::read_file(path("sim.json")))["runs"][0]["counts"]);
  EXPECT_EQ(results["runs"][0]["speedup"][0]["kind"], "measured");
  ASSERT_EQ(run(fmt::format("sim '{}' --policy s3fifo --capacity 8 --hash xxh3_128 --hash-bits 6 "
                            "-o '{}'",
                            path("words.ids"), path("words.json"))),
            0)
      << err();
  const Json simulated = Json::parse(test::read_file(path("words.json")))["runs"][0];
  const Json& real = results["runs"][1];
  EXPECT_EQ(real["counts"], simulated["counts"]);
  EXPECT_EQ(real["collisions"]["observed"], simulated["collisions"]["observed"]);
  EXPECT_EQ(real["collisions"]["false_hits"], simulated["collisions"]["false_hits"]);
  EXPECT_GT(real["collisions"]["false_hits"], 0);
}

TEST_F(RecurrentProgramTest, SaysWhatIsWrong) {
  EXPECT_EQ(train("--cell gruu"), 1);
  EXPECT_NE(err().find("rnn, gru, lstm"), std::string::npos) << err();
  EXPECT_EQ(train("--layer 2"), 2);
  EXPECT_NE(err().find("--layers"), std::string::npos) << err();
  EXPECT_EQ(run(fmt::format("model train '{}' --resume", path("text.txt"))), 1);
  EXPECT_NE(err().find("--checkpoint"), std::string::npos) << err();
  EXPECT_EQ(run(fmt::format("model train '{}'", path("no.txt"))), 1);
  EXPECT_NE(err().find("no.txt"), std::string::npos) << err();
  ASSERT_EQ(train(""), 0) << err();
  EXPECT_EQ(train("--resume --lr 0.5"), 1);
  EXPECT_NE(err().find("was trained with lr 0.002"), std::string::npos) << err();
}

}  // namespace
}  // namespace kvsim
