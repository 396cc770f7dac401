#include "reports/report.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "reports/format.hpp"
#include "reports/plots.hpp"
#include "sim/core/error.hpp"
#include "tests/reports/fixtures.hpp"
#include "tests/reports/xml_check.hpp"

namespace kvsim::reports::testing {
namespace {

const std::vector<std::uint64_t> kCapacities{200, 500, 1000, 2000, 5000, 10000, 20000, 40000};

struct Written {
  ReportFiles files;
  std::string page;
};

Written report_of(const Folder& folder, const Json& results) {
  Written written;
  written.files = write_report({folder.write("results.json", results)}, folder.path() / "out");
  written.page = read_text(written.files.html);
  return written;
}

// The drawings inside the page, each as an XML document.
std::vector<std::string> drawings(const std::string& page) {
  std::vector<std::string> found;
  for (std::size_t at = page.find("<svg"); at != std::string::npos; at = page.find("<svg", at)) {
    const std::size_t end = page.find("</svg>", at) + 6;
    found.push_back(page.substr(at, end - at));
    at = end;
  }
  return found;
}

// The part of the page from `from` to `to`.
std::string between(const std::string& page, const std::string& from, const std::string& to) {
  const std::size_t start = page.find(from);
  if (start == std::string::npos) return "";
  return page.substr(start, page.find(to, start) - start);
}

Json vega_of(const Folder& folder, const std::string& name) {
  return Json::parse(read_text(folder.path() / "out" / (name + ".vl.json")));
}

TEST(Report, HoldsEveryRunAndNeedsNothingBesideThePage) {
  const Folder folder;
  const Json runs = sweep({"conversation", "toolagent"}, all_policies(), kCapacities);
  const Written written = report_of(folder, make_results(runs));
  const std::string& page = written.page;

  const std::string table = between(page, "<table id=\"results\"", "</table>");
  EXPECT_EQ(occurrences(table, "<tr data-policy="), runs.size());
  for (const Json& run : runs) {
    const std::string hits = "data-v=\"" + run["counts"]["hits"].dump() + "\"";
    EXPECT_NE(table.find(hits), std::string::npos) << run.dump();
  }
  for (const std::string_view outside :
       {"http://", "https://", "src=", "<link", "@import", "url("}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
  EXPECT_NE(page.find(std::string(64, 'a')), std::string::npos);  // the trace's SHA-256
  EXPECT_NE(page.find(std::string(64, 'c')), std::string::npos);  // the configuration's
  EXPECT_NE(page.find("4f2a91c"), std::string::npos);
  EXPECT_NE(page.find("Noise floor: single deterministic runs"), std::string::npos);
}

TEST(Report, DrawsWellFormedSvg) {
  const Folder folder;
  const Written written = report_of(
      folder, make_results(sweep({"conversation", "toolagent"}, all_policies(), kCapacities)));
  ASSERT_FALSE(written.files.plots.empty());
  std::size_t drawn = 0;
  for (const auto& path : written.files.plots) {
    if (path.extension() != ".svg") continue;
    ++drawn;
    const std::string svg = read_text(path);
    EXPECT_EQ(xml_error(svg), "") << path;
    EXPECT_EQ(svg.find("var("), std::string::npos) << path;  // literal colours only
    EXPECT_EQ(svg.find("nan"), std::string::npos) << path;
  }
  EXPECT_EQ(drawn * 2, written.files.plots.size());
  for (const std::string& svg : drawings(written.page)) EXPECT_EQ(xml_error(svg), "");
}

TEST(Report, PutsEveryPointIntoTheVegaLiteSpecification) {
  const Folder folder;
  report_of(folder, make_results(sweep({"conversation"}, all_policies(), kCapacities)));
  const Json spec = vega_of(folder, "ratio_over_capacity.conversation.block_hit");
  EXPECT_EQ(spec["$schema"], "https://vega.github.io/schema/vega-lite/v5.json");
  std::map<std::pair<std::string, double>, double> points;
  for (const Json& value : spec["data"]["values"]) {
    points[{value["policy"], value["capacity_blocks"]}] = value["block_hit"];
  }
  EXPECT_EQ(points.size(), all_policies().size() * kCapacities.size());
  for (const std::string& policy : all_policies()) {
    for (const std::uint64_t capacity : kCapacities) {
      const auto it = points.find({policy, static_cast<double>(capacity)});
      ASSERT_NE(it, points.end()) << policy;
      EXPECT_DOUBLE_EQ(it->second, static_cast<double>(hits_of(policy, capacity)) / 1e5);
    }
  }
  // Each encoding names a field that the data have.
  const Json& row = spec["data"]["values"].front();
  EXPECT_TRUE(row.contains(spec["encoding"]["x"]["field"].get<std::string>()));
  for (const Json& layer : spec["layer"]) {
    ASSERT_TRUE(layer.contains("mark"));
    for (const auto& [channel, encoding] : layer["encoding"].items()) {
      if (encoding.contains("field")) {
        EXPECT_TRUE(row.contains(encoding["field"].get<std::string>())) << channel;
      }
    }
  }
  EXPECT_EQ(spec["encoding"]["x"]["scale"]["type"], "log");
}

TEST(Report, MeasuresTheGapToBelady) {
  const Folder folder;
  const Written written =
      report_of(folder, make_results(sweep({"conversation"}, all_policies(), kCapacities)));
  // The middle of eight capacities is the fifth.
  const std::uint64_t capacity = 5000;
  const Json spec = vega_of(folder, "ratio_at_capacity.conversation.block_hit");
  ASSERT_EQ(spec["data"]["values"].size(), all_policies().size());
  const auto best = static_cast<double>(hits_of("belady:bypass=true", capacity));
  double previous = 1;
  for (const Json& bar : spec["data"]["values"]) {
    const std::string policy = bar["policy"];
    EXPECT_LE(bar["block_hit"].get<double>(), previous);  // sorted
    previous = bar["block_hit"];
    if (policy == "belady:bypass=true") {
      EXPECT_FALSE(bar.contains("gap"));
      continue;
    }
    const double expected = (static_cast<double>(hits_of(policy, capacity)) - best) / 1e5;
    EXPECT_NEAR(bar["gap"].get<double>(), expected, 1e-12) << policy;
  }
  const double lru = (static_cast<double>(hits_of("lru", capacity)) - best) / 1e5;
  const std::string shown = ">" + format_value(Unit::kPoints, lru) + "<";
  EXPECT_NE(written.page.find(shown), std::string::npos) << shown;
  const std::string svg =
      read_text(folder.path() / "out" / "ratio_at_capacity.conversation.block_hit.svg");
  EXPECT_NE(svg.find(shown), std::string::npos) << shown;
}

TEST(Report, OffersEveryCapacityAndRatio) {
  const Folder folder;
  const Written written =
      report_of(folder, make_results(sweep({"conversation"}, {"lru", "belady"}, kCapacities)));
  for (const std::uint64_t capacity : kCapacities) {
    const std::string value = "value=\"" + std::to_string(capacity) + "\"";
    EXPECT_EQ(occurrences(written.page, "<option " + value), 1u) << capacity;
    for (const std::string ratio : {"block_hit", "token_hit"}) {
      EXPECT_NE(written.page.find("data-ratio=\"" + ratio + "\" data-capacity=\"" +
                                  std::to_string(capacity) + "\""),
                std::string::npos);
    }
  }
  EXPECT_EQ(written.page.find("byte_hit"), std::string::npos);  // no run states it
}

TEST(Report, ShowsOneRun) {
  const Folder folder;
  const Written written = report_of(folder, make_results(sweep({"conversation"}, {"lru"}, {1000})));
  EXPECT_EQ(
      occurrences(between(written.page, "<table id=\"results\"", "</table>"), "<tr data-policy="),
      1u);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "out" /
                                      "ratio_at_capacity.conversation.block_hit.svg"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "out" /
                                       "ratio_over_capacity.conversation.block_hit.svg"));
}

TEST(Report, DrawsBandsOverRepeats) {
  const Folder folder;
  Json runs = Json::array();
  for (const std::uint64_t capacity : kCapacities) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      runs.push_back(make_run("conversation", "random", capacity, seed, seed - 1));
      runs.push_back(make_run("conversation", "lru", capacity, seed, seed - 1));
    }
  }
  const Written written = report_of(folder, make_results(runs));
  EXPECT_NE(written.page.find("3 repeats, seeds 1 to 3"), std::string::npos);
  const Json spec = vega_of(folder, "ratio_over_capacity.conversation.block_hit");
  ASSERT_EQ(spec["data"]["values"].size(), 2 * kCapacities.size());
  for (const Json& value : spec["data"]["values"]) {
    EXPECT_EQ(value["runs"], 3);
    const double width =
        value["block_hit_high"].get<double>() - value["block_hit_low"].get<double>();
    EXPECT_NEAR(width, value["policy"] == "random" ? 0.0008 : 0.0, 1e-12);
  }
  const std::string svg =
      read_text(folder.path() / "out" / "ratio_over_capacity.conversation.block_hit.svg");
  EXPECT_EQ(occurrences(svg, "opacity:0.16"), 1u);  // lru has no spread, so no band
}

TEST(Report, ShowsAbsentPartsAsAbsent) {
  const Folder folder;
  Json empty = make_run("conversation", "lru", 1000);
  for (const char* part : {"counts", "memory", "replay", "hash", "table", "seed", "repeat"}) {
    empty.erase(part);
  }
  empty["ratios"] = Json::object();
  empty["note"] = "the cache never filled";
  const Json full = make_run("conversation", "arc", 1000);
  const Written written = report_of(folder, make_results({empty, full}));
  const std::string row = between(written.page, "<tr data-policy=\"lru\">", "</tr>");
  EXPECT_NE(row.find("the cache never filled"), std::string::npos);
  EXPECT_GE(occurrences(row, ">–<"), 10u);
  EXPECT_EQ(row.find(">0<"), std::string::npos);
  EXPECT_EQ(row.find("0.00 %"), std::string::npos);

  // A file with no provenance, no runs' ratios and nothing to draw is still a report.
  const Written bare = report_of(
      folder, Json{{"schema", "kvsim.results/1"}, {"runs", {{{"trace", "t"}, {"policy", "lru"}}}}});
  EXPECT_NE(bare.page.find("No run of this section states a hit ratio"), std::string::npos);
  const Written nothing =
      report_of(folder, Json{{"schema", "kvsim.results/1"}, {"runs", Json::array()}});
  EXPECT_TRUE(nothing.files.plots.empty());
}

TEST(Report, LabelsSpeedupsByKind) {
  const Folder folder;
  Json runs = sweep({"conversation"}, {"lru", "arc"}, {100, 1000});
  for (Json& run : runs) {
    run["speedup"] = {{{"kind", "modelled"},
                       {"end_to_end", 1.5},
                       {"ttft_s", {{"with", {{"p50", 0.2}}}, {"without", {{"p50", 0.75}}}}},
                       {"assumptions", {{"model", "llama-3.1-8b"}, {"gpu", "h100"}}}},
                      {{"kind", "measured"}, {"end_to_end", 1.4}}};
  }
  const Written written = report_of(folder, make_results(runs));
  EXPECT_NE(written.page.find("Speedup, modelled"), std::string::npos);
  EXPECT_NE(written.page.find("Speedup, measured"), std::string::npos);
  EXPECT_NE(written.page.find("modelled ttft_<wbr>s.with.p50"), std::string::npos);
  const std::string modelled =
      read_text(folder.path() / "out" / "speedup.conversation.modelled.end_to_end.svg");
  EXPECT_NE(modelled.find("modelled end_to_end speedup"), std::string::npos);
  EXPECT_EQ(modelled.find("measured"), std::string::npos);
  EXPECT_NE(written.page.find("Assumed: model llama-3.1-8b; gpu h100."), std::string::npos);
  EXPECT_NE(read_text(folder.path() / "out" / "speedup.conversation.modelled.ttft_s.with.p50.svg")
                .find("time to first token, median"),
            std::string::npos);
  // The median with the cache, and in a line of its own without; a policy's bar has it as a level.
  const Json times = vega_of(folder, "speedup.conversation.modelled.ttft_s.with.p50");
  EXPECT_NE(times.dump().find("without the cache"), std::string::npos);
  EXPECT_NE(times.dump().find("0.75"), std::string::npos);
  Json single = sweep({"conversation"}, {"lru", "arc"}, {100});
  for (Json& run : single) run["speedup"] = runs[0]["speedup"];
  report_of(folder, make_results(single));
  const std::string bars =
      read_text(folder.path() / "out" / "speedup.conversation.modelled.ttft_s.with.p50.svg");
  EXPECT_NE(bars.find("without the cache 750 ms"), std::string::npos);
}

// Runs of two models are two things, not repeats of one.
TEST(Report, KeepsCostModelsApart) {
  const Folder folder;
  Json runs = sweep({"conversation"}, {"lru", "arc"}, {100, 1000});
  Json others = runs;
  const auto with = [](Json& all, const char* gpu) {
    for (Json& run : all) {
      run["speedup"] = {{{"kind", "modelled"},
                         {"prefill", 1.5},
                         {"assumptions", {{"model", "llama-3.1-8b"}, {"gpu", gpu}}}}};
    }
  };
  with(runs, "h100");
  with(others, "a100");
  runs.insert(runs.end(), others.begin(), others.end());
  const Written written = report_of(folder, make_results(runs));
  EXPECT_NE(written.page.find("llama-3.1-8b on h100"), std::string::npos);
  EXPECT_NE(written.page.find("llama-3.1-8b on a100"), std::string::npos);
}

TEST(Report, DrawsCalibratedProfiles) {
  const Folder folder;
  const auto point = [](double cached, double added, double seconds, bool held_out) {
    return Json{{"cached", cached},
                {"new", added},
                {"seconds", seconds},
                {"predicted", (held_out ? 1.25 : 1.1) * seconds},
                {"held_out", held_out}};
  };
  const Json profile{
      {"schema", "kvsim.cost/1"},
      {"provenance", {{"device", "a CPU"}}},
      {"model", {{"name", "smollm2-135m"}}},
      {"kv_type", "float32"},
      {"prefill", {{"median_relative_error", 0.02}, {"held_out_median_relative_error", 0.0625}}},
      {"measurements",
       {{"prefill",
         {point(0, 16, 0.01, false), point(0, 256, 0.1, true), point(512, 16, 0.02, false)}},
        {"decode", Json::array()}}}};
  const Written written = report_of(folder, profile);
  for (const char* text : {"smollm2-135m on a CPU, KV as float32", "Prefill, measured and fitted",
                           "held out: 6.25 %", "512 cached"}) {
    EXPECT_NE(written.page.find(text), std::string::npos) << text;
  }
  // Of prefill alone, times and residuals, as SVG and Vega-Lite.
  EXPECT_EQ(written.files.plots.size(), 4U);
  const Json residuals = vega_of(folder, "cost_fit.results-prefill-residuals");
  std::map<std::string, double> factors;
  for (const Json& value : residuals["data"]["values"]) {
    factors[value["series"]] = value["predicted"];
  }
  EXPECT_EQ(factors.size(), 3U);
  EXPECT_NEAR(factors["held out"], 1.25, 1e-9);
  EXPECT_NEAR(factors["512 cached"], 1.1, 1e-9);

  Json bad = profile;
  bad["measurements"]["prefill"][1]["seconds"] = 0;
  try {
    report_of(folder, bad);
    ADD_FAILURE() << "took a time of 0";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("/measurements/prefill/1/seconds: found 0"),
              std::string::npos)
        << error.what();
  }
}

TEST(Report, DrawsCurves) {
  const Folder folder;
  Json results{{"schema", "kvsim.results/1"},
               {"curves",
                {{{"trace", "t"},
                  {"policy", "lru"},
                  {"reuse", "object"},
                  {"method", "shards"},
                  {"rate", 0.01},
                  {"capacity_blocks", {10, 100, 1000}},
                  {"block_hit", {0.1, 0.2, 0.4}},
                  {"token_hit", Json::array()},
                  {"error", {{"mean_absolute", 0.003}}}}}}};
  const Written written = report_of(folder, results);
  EXPECT_NE(written.page.find("lru, shards 0.01"), std::string::npos);
  EXPECT_NE(written.page.find("mean_absolute 0.003"), std::string::npos);
  const Json spec = vega_of(folder, "hit_ratio_curve.curves-1-t-object.block_hit");
  EXPECT_EQ(spec["data"]["values"].size(), 3u);
}

TEST(Report, ComparesBlockSizesByTokens) {
  const Folder folder;
  Json runs = Json::array();
  for (const std::uint64_t size : {256u, 16u}) {
    for (const std::uint64_t tokens : {65536u, 131072u, 1048576u}) {
      Json run = make_run("conversation", "lru", tokens / size);
      run["block_size"] = size;
      run["ratios"] = {{"block_hit", 0.9}, {"token_hit", size == 16 ? 0.4 : 0.375}};
      runs.push_back(run);
    }
  }
  const Written written = report_of(folder, make_results(runs));
  EXPECT_NE(written.page.find("At 131,072 tokens, lru reaches its best token_hit, 40.00 %, with 16 "
                              "tokens a block; with 256 tokens a block it has 2.50 points less."),
            std::string::npos);
  const Json spec = vega_of(folder, "block_sizes.block-sizes-1-conversation.lru.token_hit");
  ASSERT_EQ(spec["data"]["values"].size(), 6u);
  EXPECT_EQ(spec["data"]["values"][0]["series"], "16 tokens a block");
  EXPECT_EQ(spec["data"]["values"][0]["capacity_tokens"], 65536);
  // Blocks of different sizes are never put on one pair of axes.
  for (const std::string& name : names_in(folder.path() / "out")) {
    EXPECT_FALSE(name.starts_with("block_sizes") && name.find("block_hit") != std::string::npos);
  }
  // Each size's own section counts capacity in tokens too, and offers token_hit first.
  const Json alone = vega_of(folder, "ratio_over_capacity.conversation-256.token_hit");
  EXPECT_EQ(alone["data"]["values"][0]["capacity_tokens"], 65536);
  const std::string select = between(written.page, "<select data-choice=\"ratio\">", "</select>");
  EXPECT_TRUE(select.find("\"token_hit\" selected") != std::string::npos) << select;
}

TEST(Report, ComparesNoBlockSizesWhereOtherThingsDifferToo) {
  const Folder folder;
  Json small = make_run("a", "lru", 100);
  small["block_size"] = 16;
  const Written written =
      report_of(folder, make_results({small, make_run("b", "lru", 100), make_run("b", "arc", 9)}));
  EXPECT_EQ(written.page.find("block sizes compared"), std::string::npos);
  EXPECT_NE(written.page.find("At 100 blocks"), std::string::npos);
}

TEST(Report, ShowsCollisionsAndGroups) {
  const Folder folder;
  Json run = make_run("conversation", "lru", 100);
  run["collisions"] = {{"observed", 17}, {"expected", 16.25}, {"p_value", 0.85}};
  run["groups"] = {{"chat<1>", {{"counts", {{"hits", 4242}}}, {"ratios", {{"block_hit", 0.5}}}}}};
  const Written written = report_of(folder, make_results(Json::array({run})));
  EXPECT_NE(written.page.find("data-v=\"16.25\""), std::string::npos);
  const std::string groups = between(written.page, "<table id=\"groups\"", "</table>");
  EXPECT_NE(groups.find("chat&lt;1&gt;"), std::string::npos);
  EXPECT_NE(groups.find("data-v=\"4242\""), std::string::npos);
}

TEST(Report, EscapesHostileNames) {
  const Folder folder;
  const std::string hostile = "</script><script>alert('\"&x')</script>";
  Json runs = Json::array();
  for (const std::uint64_t capacity : {100u, 1000u}) {
    Json run = make_run(hostile, "lru", capacity);
    run["note"] = hostile;
    run["organisation"] = hostile;
    runs.push_back(run);
    run["policy"] = "\"><img src=x onerror=alert(1)>";
    runs.push_back(run);
  }
  Json results = make_results(runs);
  results["provenance"]["config"]["name"] = hostile;
  results["provenance"]["host"]["cpu"] = hostile;
  const Written written = report_of(folder, results);
  EXPECT_EQ(occurrences(written.page, "<script"), 1u);
  EXPECT_EQ(occurrences(written.page, "</script"), 1u);
  EXPECT_EQ(written.page.find("<img"), std::string::npos);
  for (const std::string& svg : drawings(written.page)) EXPECT_EQ(xml_error(svg), "");
  for (const auto& path : written.files.plots) {
    EXPECT_EQ(path.parent_path(), folder.path() / "out");
    if (path.extension() != ".svg") continue;
    EXPECT_EQ(xml_error(read_text(path)), "");
  }
}

TEST(Report, GivesNoIdentifierTwice) {
  const Folder folder;
  const Written written = report_of(
      folder, make_results(sweep({"results", "table", "tip", "a b", "a-b"}, {"lru"}, {100})));
  std::set<std::string> seen;
  for (std::size_t at = written.page.find(" id=\""); at != std::string::npos;
       at = written.page.find(" id=\"", at + 1)) {
    const std::string id = written.page.substr(at, written.page.find('"', at + 5) - at);
    EXPECT_TRUE(seen.insert(id).second) << id;
  }
  EXPECT_GE(seen.size(), 8u);
}

TEST(Report, JoinsFilesThatHoldTheSameRuns) {
  const Folder folder;
  const Json results = make_results(sweep({"t"}, {"lru", "arc"}, {100, 1000}));
  const auto before = folder.write("before.json", results);
  const auto after = folder.write("after.json", results);
  const ReportFiles files = write_report({before, after}, folder.path() / "out");
  const std::string page = read_text(files.html);
  EXPECT_NE(page.find("file before"), std::string::npos);
  EXPECT_NE(page.find("file after"), std::string::npos);
  const std::set<std::filesystem::path> distinct(files.plots.begin(), files.plots.end());
  EXPECT_EQ(distinct.size(), files.plots.size());
  for (const auto& path : files.plots) EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(Report, WritesTheSameBytesTwice) {
  const Folder folder;
  const Json results = make_results(sweep({"t"}, all_policies(), {100, 1000}));
  const Written one = report_of(folder, results);
  const Written two = report_of(folder, results);
  EXPECT_EQ(one.page, two.page);
}

TEST(Report, LeavesNothingHalfDone) {
  const Folder folder;
  const auto broken = folder.write("broken.json", std::string("{"));
  EXPECT_THROW(write_report({broken}, folder.path() / "out"), InputError);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "out"));

  // A folder stands where the page must go: nothing else may appear either.
  std::filesystem::create_directories(folder.path() / "taken" / "index.html");
  const auto good = folder.write("good.json", make_results(sweep({"t"}, {"lru"}, {100})));
  EXPECT_THROW(write_report({good}, folder.path() / "taken"), InputError);
  EXPECT_EQ(names_in(folder.path() / "taken"), (std::vector<std::string>{"index.html"}));

  EXPECT_THROW(write_report({good}, good), InputError);  // a file where the folder must be

  report_of(folder, make_results(sweep({"t"}, {"lru"}, {100})));
  for (const std::string& name : names_in(folder.path() / "out")) {
    EXPECT_EQ(name.find(".tmp"), std::string::npos);
  }
}

// Two functions at two widths and two loads, through one table.
Json keyed_runs() {
  Json runs = Json::array();
  for (const char* hash : {"xxh3_64", "identity"}) {
    for (const int bits : {16, 24}) {
      for (const double load : {0.5, 0.8}) {
        Json run = make_run("conversation", "lru", 1000);
        const bool good = std::string(hash) == "xxh3_64";
        run["hash"] = {{"name", hash}, {"bits", bits}, {"seed", 0}, {"chain", "kvsim"}};
        run["table"] = {{"name", "robin_hood"}, {"load", load}};
        run["collisions"] = {{"observed", good ? 1000 / bits : 0},
                             {"expected", bits == 16 ? 60.5 : 0.24},
                             {"false_hits", good ? 7 : 0},
                             {"false_hits_expected", 6.5},
                             {"probe_length",
                              {{"mean", 1 + load},
                               {"expected", 1.25 + load},
                               {"unsuccessful", {{"mean", 3 + load}, {"expected", 3.5 + load}}}}}};
        runs.push_back(std::move(run));
      }
    }
  }
  return runs;
}

TEST(Hashing, RunsThroughKeysShareOneSection) {
  const Folder folder;
  const Written written = report_of(folder, make_results(keyed_runs()));
  const std::string section = between(written.page, "<section id=\"hashing\"", "</section>");
  EXPECT_NE(section.find("Collisions over bits"), std::string::npos);
  EXPECT_NE(section.find("Probes over load"), std::string::npos);
  // One policy at one capacity is no comparison of policies.
  EXPECT_EQ(written.page.find("Policies at one capacity"), std::string::npos);
  const std::string table = between(written.page, "<table id=\"results\"", "</table>");
  EXPECT_EQ(occurrences(table, "<tr data-policy="), 8u);

  const Json collisions = vega_of(folder, "collisions_over_bits.collisions-conversation");
  std::map<std::string, std::vector<double>> points;
  for (const Json& value : collisions["data"]["values"]) {
    points[value["series"]].push_back(value["collisions"]);
  }
  // None is no point on a logarithmic axis.
  EXPECT_EQ(points, (std::map<std::string, std::vector<double>>{
                        {"xxh3_64", {62, 41}}, {"an ideal function", {60.5, 0.24}}}));
  const Json probes = vega_of(folder, "probes_over_load.not-found-xxh3_64-16-bits-conversation");
  ASSERT_EQ(probes["data"]["values"].size(), 2u);
  EXPECT_EQ(probes["data"]["values"][1]["probes"], 3.8);
  EXPECT_EQ(probes["layer"][1]["data"]["values"][1]["probes"], 4.3);
}

TEST(Hashing, AuditsAndBenchmarksNeedNoRuns) {
  const Folder folder;
  Json results = make_results(Json::array());
  const auto check = [](const char* keys, int bits, int observed, double expected) {
    return Json{{"keys", keys}, {"bits", bits}, {"observed", observed}, {"expected", expected}};
  };
  results["hash_audit"] = {{"trace", "conversation"},
                           {"advice", {{"text", "59 bits keep <them> rare."}}},
                           {"functions",
                            {{{"hash", "modulo"},
                              {"verdict", "unfit"},
                              {"verdict_text", "Do not use."},
                              {"collisions",
                               {check("trace", 16, 900, 500), check("trace_strided", 16, 9000, 500),
                                check("low_entropy", 24, 3, 128)}}}}}};
  const auto speed = [](const char* chain, int tokens, double bytes) {
    return Json{{"hash", "sha256"},
                {"chain", chain},
                {"block_tokens", tokens},
                {"seconds_per_block", 1e-6},
                {"bytes_per_second", bytes}};
  };
  results["hash_bench"] = {
      {"hashes", {speed("kvsim", 16, 1e9), speed("vllm_sha256", 16, 5e8)}},
      {"shares",
       {{{"hash", "sha256"}, {"chain", "kvsim"}, {"block_tokens", 16}, {"share", 0.004}}}},
      {"prefill", {{"kind", "modelled"}, {"prompt_tokens", 4096}, {"seconds", 0.158}}},
      {"tables",
       {{{"table", "swiss"}, {"load", 0.5}, {"entries", 4096}, {"hit_ns", 1.5}, {"miss_ns", 2}},
        {{"table", "swiss"}, {"load", 0.9}, {"entries", 3686}, {"hit_ns", 2.5}, {"miss_ns", 4}}}}};
  const Written written = report_of(folder, results);
  EXPECT_NE(written.page.find("Hash functions on conversation"), std::string::npos);
  EXPECT_NE(written.page.find("59 bits keep &lt;them&gt; rare."), std::string::npos);
  EXPECT_NE(written.page.find("Do not use."), std::string::npos);
  EXPECT_EQ(written.page.find("Every run"), std::string::npos);
  const Json strided = vega_of(folder, "collisions_over_bits.collisions-conversation-ids-65-536");
  EXPECT_EQ(strided["data"]["values"][0]["collisions"], 9000);
  const Json speeds = vega_of(folder, "hash_speed.speed-16-tokens-a-block");
  ASSERT_EQ(speeds["data"]["values"].size(), 2u);
  EXPECT_EQ(speeds["data"]["values"][1]["policy"], "vllm_sha256 (sha256)");
  const Json shares =
      vega_of(folder, "hash_speed.share-of-the-time-to-first-token-16-tokens-a-block");
  ASSERT_EQ(shares["data"]["values"].size(), 1u);  // of the other it is not known
  const Json tables = vega_of(folder, "table_speed.not-found-within-the-caches");
  EXPECT_EQ(tables["data"]["values"][1]["ns"], 4);
}

TEST(Hashing, MalformedStudiesAreRefusedWithTheirPlace) {
  const Folder folder;
  Json results = make_results(Json::array());
  results["hash_audit"] = {{"trace", "x"}, {"functions", {{{"hash", "y"}}}}};
  try {
    (void)write_report({folder.write("results.json", results)}, folder.path() / "out");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("/hash_audit/functions/0/collisions"),
              std::string::npos)
        << error.what();
  }
}

TEST(Plots, AreListedWithAName) {
  const auto plots = listed_plots();
  EXPECT_EQ(plots.size(), 12u);
  for (const PlotInfo& plot : plots) EXPECT_TRUE(plot.doc.ends_with(".")) << plot.name;
}

}  // namespace
}  // namespace kvsim::reports::testing
