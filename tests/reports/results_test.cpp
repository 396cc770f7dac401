#include "reports/results.hpp"

#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "tests/reports/fixtures.hpp"

namespace kvsim::reports::testing {
namespace {

// The message of the InputError that reading the text gives, "" if it gives none.
std::string complaint(const std::string& text) {
  const Folder folder;
  try {
    read_results({folder.write("broken.json", text)});
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

// The complaint about a good file in which one value is replaced.
std::string complaint_with(const std::string& pointer, const Json& value) {
  Json results = make_results(sweep({"t"}, {"lru"}, {100}));
  results[Json::json_pointer(pointer)] = value;
  return complaint(results.dump());
}

void expect_names(const std::string& message, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "“" << part << "” is not in: " << message;
  }
}

TEST(ReadResults, KeepsWhatIsThereAndLeavesTheRestAbsent) {
  const Folder folder;
  Json run{{"trace", "t"},
           {"policy", "lru"},
           {"capacity", {{"share", 0.5}}},
           {"ratios", Json::object()},
           {"note", "the warm-up never ended"}};
  const Results results = read_results({folder.write("r.json", make_results(Json::array({run})))});
  ASSERT_EQ(results.runs().size(), 1u);
  const auto& read = *results.runs().front();
  EXPECT_EQ(read.trace, "t");
  EXPECT_EQ(read.note, "the warm-up never ended");
  EXPECT_EQ(read.capacity.share, 0.5);
  EXPECT_FALSE(read.capacity.blocks);
  EXPECT_FALSE(read.value("ratios.block_hit"));
  EXPECT_FALSE(read.value("counts.hits"));
  EXPECT_FALSE(read.seed);
}

TEST(ReadResults, ReadsNestedNumbersByDottedName) {
  const Folder folder;
  Json run = make_run("t", "lru", 100);
  run["collisions"] = {{"observed", 3},
                       {"buckets", {{"p_value", 0.25}}},
                       {"probe_length", {{"mean", 1.5}, {"expectation", "Knuth 6.4"}}}};
  run["groups"] = {{"chat", {{"counts", {{"hits", 7}}}, {"ratios", {{"block_hit", 0.5}}}}}};
  const Results results = read_results({folder.write("r.json", make_results(Json::array({run})))});
  const auto& read = *results.runs().front();
  EXPECT_EQ(read.value("collisions.observed"), 3);
  EXPECT_EQ(read.value("collisions.buckets.p_value"), 0.25);
  EXPECT_EQ(read.value("collisions.probe_length.mean"), 1.5);
  EXPECT_EQ(read.groups.at("chat").at("counts").at("hits"), 7);
}

TEST(ReadResults, TellsSpeedupsOfOneKindApart) {
  const Folder folder;
  Json run = make_run("t", "lru", 100);
  run["speedup"] = {
      {{"kind", "modelled"}, {"end_to_end", 1.2}, {"assumptions", {{"gpu", "h100"}, {"batch", 8}}}},
      {{"kind", "modelled"}, {"end_to_end", 1.4}, {"assumptions", {{"gpu", "a100"}, {"batch", 8}}}},
      {{"kind", "measured"}, {"end_to_end", 1.3}}};
  const Results results = read_results({folder.write("r.json", make_results(Json::array({run})))});
  const auto& speedups = results.runs().front()->speedups;
  ASSERT_EQ(speedups.size(), 3u);
  EXPECT_EQ(speedups[0].label, "modelled (gpu h100)");
  EXPECT_EQ(speedups[1].label, "modelled (gpu a100)");
  EXPECT_EQ(speedups[2].label, "measured");
}

TEST(ReadResults, LabelsFilesByTheShortestTellingTail) {
  const Folder folder;
  const Json results = make_results(sweep({"t"}, {"lru"}, {100}));
  const auto one = folder.write("a/results.json", results);
  const auto two = folder.write("b/results.json", results);
  const Results read = read_results({one, two, one});
  ASSERT_EQ(read.files.size(), 2u);  // a file given twice is read once
  EXPECT_EQ(read.files[0].label, "a/results");
  EXPECT_EQ(read.files[1].label, "b/results");
}

TEST(ReadResults, NamesFilePlaceFindingAndAllowance) {
  expect_names(complaint_with("/schema", "kvsim.results/2"),
               {"broken.json", "/schema", "kvsim.results/2", "kvsim.results/1"});
  expect_names(complaint_with("/runs/0/ratios/block_hit", 1.5),
               {"broken.json", "/runs/0/ratios/block_hit", "1.5", "0 to 1"});
  expect_names(complaint_with("/runs/0/ratios/token_hit", nullptr),
               {"/runs/0/ratios/token_hit", "null"});
  expect_names(complaint_with("/runs/0/counts/hits", nullptr), {"/runs/0/counts/hits", "null"});
  expect_names(complaint_with("/runs/0/policy", 7), {"/runs/0/policy", "7", "a string"});
  expect_names(complaint_with("/runs/0/capacity/blocks", -1),
               {"/runs/0/capacity/blocks", "-1", "0 or more"});
  expect_names(complaint_with("/runs", Json::object()), {"/runs", "an object", "an array"});
  expect_names(complaint_with("/runs/0/speedup", {{{"kind", "guessed"}}}),
               {"/runs/0/speedup/0/kind", "guessed", "modelled", "measured"});
  expect_names(
      complaint_with(
          "/curves",
          {{{"trace", "t"}, {"policy", "lru"}, {"capacity_blocks", {1, 2}}, {"block_hit", {0.5}}}}),
      {"/curves/0/block_hit", "1 values", "2"});
}

TEST(ReadResults, RefusesWhatIsNoResultsFile) {
  expect_names(complaint("{\"schema\": \"kvsim.results/1\",\n \"runs\": [1,]}"),
               {"broken.json:2", "not JSON (parse error"});
  expect_names(complaint("[]"), {"broken.json", "an array", "an object"});
  expect_names(complaint("{}"), {"/schema", "nothing"});
  expect_names(complaint("{\"schema\": \"kvsim.results/1\"}"), {"/runs", "nothing"});
  expect_names(complaint(""), {"broken.json", "not JSON"});
  EXPECT_THROW(read_results({"no such file.json"}), InputError);
  EXPECT_THROW(read_results({std::filesystem::temp_directory_path()}), InputError);
  EXPECT_THROW(read_results({}), InputError);
}

TEST(PolicyLabels, AreReadToTheirBase) {
  EXPECT_EQ(base_policy("s3fifo:small=0.2"), "s3fifo");
  EXPECT_TRUE(is_belady("belady"));
  EXPECT_TRUE(is_belady("belady:bypass=true"));
  EXPECT_FALSE(is_belady("belady_size"));
  EXPECT_FALSE(is_belady("tinylfu+belady"));
}

}  // namespace
}  // namespace kvsim::reports::testing
