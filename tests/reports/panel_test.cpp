#include "reports/panel.hpp"

#include <gtest/gtest.h>

#include "tests/reports/fixtures.hpp"

namespace kvsim::reports::testing {
namespace {

constexpr std::string_view kBlockHit = "ratios.block_hit";

ReportData data_of(const Json& runs) {
  const Folder folder;
  return make_report_data(read_results({folder.write("r.json", make_results(runs))}));
}

TEST(Panels, HoldTheRunsThatMayBeCompared) {
  Json runs = sweep({"a", "b"}, {"lru", "arc"}, {100, 1000});
  Json other = make_run("a", "lru", 100);
  other["reuse"] = "object";
  runs.push_back(other);
  const ReportData data = data_of(runs);
  ASSERT_EQ(data.panels.size(), 3u);
  EXPECT_EQ(data.panels[0].runs.size(), 4u);
  EXPECT_EQ(data.panels[2].title(), "a, reuse object");
  EXPECT_NE(data.panels[0].id, data.panels[2].id);
  for (const Dimension& dimension : data.common) EXPECT_NE(dimension.name, "reuse");
}

TEST(Panels, SayNothingOfWhatObjectTracesCannotHave) {
  Json objects = make_run("cdn", "lru", 100);
  objects["reuse"] = "object";
  objects.erase("block_size");
  objects["ratios"] = {{"block_hit", 0.5}};
  Json tail = make_run("chat", "lru", 100);
  tail["touch_order"] = "tail_first";
  const ReportData data = data_of({make_run("chat", "lru", 100), tail, objects});
  ASSERT_EQ(data.panels.size(), 3u);
  EXPECT_EQ(data.panels[0].title(), "chat, reuse prefix, block size 512, touch order head_first");
  EXPECT_EQ(data.panels[2].title(), "cdn, reuse object");
  EXPECT_EQ(data.panels[2].ratios(), (std::vector<std::string>{"ratios.block_hit"}));
}

TEST(Panels, MeasureFromTheBestOfBeladysVariants) {
  const ReportData data = data_of(sweep({"t"}, all_policies(), {100, 1000}));
  const Panel& panel = data.panels.front();
  const auto best = panel.belady(1000, kBlockHit);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->policy, "belady:bypass=true");
  EXPECT_DOUBLE_EQ(best->value, static_cast<double>(hits_of("belady:bypass=true", 1000)) / 1e5);
  EXPECT_FALSE(panel.belady(5, kBlockHit));
}

TEST(Panels, SpreadOverRepeats) {
  Json runs = Json::array();
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    runs.push_back(make_run("t", "random", 1000, seed, seed - 1));
    runs.push_back(make_run("t", "lru", 1000, seed, seed - 1));
  }
  const ReportData data = data_of(runs);
  const Panel& panel = data.panels.front();
  const auto random = panel.spread("random", 1000, kBlockHit);
  ASSERT_TRUE(random);
  EXPECT_EQ(random->runs, 5u);
  const auto base = static_cast<double>(hits_of("random", 1000, 1));
  EXPECT_DOUBLE_EQ(random->low, base / 1e5);
  EXPECT_DOUBLE_EQ(random->high, (base + 160) / 1e5);
  EXPECT_NEAR(random->mean, (base + 80) / 1e5, 1e-12);
  EXPECT_FALSE(panel.spread("fifo", 1000, kBlockHit));

  const std::string noise = noise_floor(panel, kBlockHit);
  EXPECT_NE(noise.find("5 repeats, seeds 1 to 5"), std::string::npos) << noise;
  EXPECT_NE(noise.find("0.16 points"), std::string::npos) << noise;
}

TEST(Panels, SayThatSingleRunsKnowNoSpread) {
  const ReportData data = data_of(sweep({"t"}, {"lru"}, {100}));
  const std::string noise = noise_floor(data.panels.front(), kBlockHit);
  EXPECT_NE(noise.find("single deterministic runs, seed 1"), std::string::npos) << noise;
}

TEST(Panels, CallNoWinnerWithinTheSpread) {
  Json runs = Json::array();
  const auto add = [&](const std::string& policy, double ratio, std::uint64_t seed) {
    Json run = make_run("t", policy, 1000, seed, seed - 1);
    run["ratios"] = {{"block_hit", ratio}};
    runs.push_back(run);
  };
  add("random", 0.40, 1);
  add("random", 0.46, 2);
  add("lru", 0.42, 1);
  add("lru", 0.42, 2);
  const ReportData data = data_of(runs);
  const std::string text = finding(data.panels.front(), 1000, kBlockHit);
  EXPECT_NE(text.find("random reaches block_hit 43.00 %"), std::string::npos) << text;
  EXPECT_NE(text.find("1.00 points above lru, which is within"), std::string::npos) << text;
}

TEST(Panels, PlaceRunsByAnyCapacityUnit) {
  Json runs = Json::array();
  for (const double share : {0.1, 0.2}) {
    Json run = make_run("t", "lru", 1);
    run["capacity"] = {{"share", share}};
    runs.push_back(run);
  }
  Json without = make_run("t", "lru", 1);
  without.erase("capacity");
  runs.push_back(without);
  const ReportData data = data_of(runs);
  const Panel& panel = data.panels.front();
  EXPECT_EQ(panel.capacity_name, "share");
  EXPECT_EQ(panel.capacities, (std::vector<double>{0.1, 0.2}));
  EXPECT_EQ(panel.unplaced, 1u);
}

TEST(Panels, TellFilesApartOnlyWhereTheyHoldTheSameRuns) {
  const Folder folder;
  const auto lru = folder.write("lru.json", make_results(sweep({"t"}, {"lru"}, {100, 1000})));
  const auto arc = folder.write("arc.json", make_results(sweep({"t"}, {"arc"}, {100, 1000})));
  const auto again = folder.write("again.json", make_results(sweep({"t"}, {"lru"}, {100, 1000})));
  const ReportData apart = make_report_data(read_results({lru, arc}));
  EXPECT_EQ(apart.panels.size(), 1u);
  const ReportData same = make_report_data(read_results({lru, again}));
  ASSERT_EQ(same.panels.size(), 2u);
  EXPECT_EQ(same.panels[0].title(), "t, file lru");
  EXPECT_EQ(same.panels[1].title(), "t, file again");
}

TEST(PaletteOf22Policies, GivesEachALookOfItsOwn) {
  const Palette palette(all_policies());
  std::vector<SeriesStyle> seen;
  for (const std::string& policy : all_policies()) {
    const SeriesStyle style = palette[policy];
    EXPECT_EQ(std::count(seen.begin(), seen.end(), style), 0) << policy;
    seen.push_back(style);
  }
  EXPECT_EQ(palette["belady"].hue, kInk);
  EXPECT_EQ(palette["lru"].form, 0u);
}

}  // namespace
}  // namespace kvsim::reports::testing
