#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/traces/generator/statistics.hpp"
#include "traces/generator/database_queries.hpp"
#include "traces/generator/image_features.hpp"
#include "traces/generator/loop.hpp"
#include "traces/generator/recommender.hpp"
#include "traces/generator/scan.hpp"
#include "traces/generator/search_engine.hpp"
#include "traces/generator/text_embedding.hpp"
#include "traces/generator/zipf.hpp"
#include "traces/generator/zipf_scan.hpp"

namespace kvsim {
namespace {

using testing::ChiSquare;
using testing::zipf_probabilities;

std::vector<std::uint64_t> ids_of(const Trace& trace) {
  std::vector<std::uint64_t> ids;
  for (const Slot s : trace.blocks->slot) ids.push_back(trace.blocks->id[s]);
  return ids;
}

std::string_view category_of(const Trace& trace, std::size_t request) {
  return trace.requests.category_names[trace.requests.category[request]];
}

std::map<std::string, std::uint64_t> category_counts(const Trace& trace) {
  std::map<std::string, std::uint64_t> counts;
  for (std::size_t i = 0; i < trace.requests.count; ++i) {
    ++counts[std::string(category_of(trace, i))];
  }
  return counts;
}

TEST(ZipfTest, ObjectsFollowTheLaw) {
  Zipf::Config config;
  config.objects = 2'000;
  config.accesses = 200'000;
  config.alpha = 0.9;
  std::vector<std::uint64_t> counts(config.objects);
  for (const std::uint64_t id : ids_of(Zipf::generate(config, 5))) ++counts[id];
  EXPECT_TRUE(ChiSquare(counts, zipf_probabilities(config.objects, config.alpha)).fits());
}

TEST(ZipfTest, DriftKeepsTheLawOfEachMomentAndChangesTheObjects) {
  Zipf::Config config;
  config.objects = 1'000;
  config.accesses = 400'000;
  config.alpha = 1;
  config.drift = 0.01;
  const std::vector<std::uint64_t> ids = ids_of(Zipf::generate(config, 5));
  // 4,000 exchanges of 2 of 1,000 objects leave nothing of the first order, so that over the whole
  // trace the most popular object falls far short of the law's 13 %.
  std::vector<std::uint64_t> counts(config.objects);
  for (const std::uint64_t id : ids) ++counts[id];
  const double law = zipf_probabilities(config.objects, config.alpha)[0];
  const double most = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
  EXPECT_LT(most / static_cast<double>(ids.size()), 0.5 * law);
  // Over a short stretch it does not.
  std::fill(counts.begin(), counts.end(), 0);
  for (std::size_t i = 0; i < 1'000; ++i) ++counts[ids[i]];
  EXPECT_GT(static_cast<double>(*std::max_element(counts.begin(), counts.end())) / 1'000,
            0.7 * law);
}

TEST(ZipfTest, SizesAreLognormalAndBelongToTheObject) {
  Zipf::Config config;
  config.objects = 20'000;
  config.accesses = 100'000;
  config.alpha = 0;
  config.mean_bytes = 50'000;
  config.sigma_bytes = 0.7;
  const Trace trace = Zipf::generate(config, 6);
  EXPECT_TRUE(trace.blocks->access_bytes.empty());  // no object changes its size
  std::vector<double> sizes(trace.blocks->bytes.begin(), trace.blocks->bytes.end());
  const double mu = std::log(config.mean_bytes) - config.sigma_bytes * config.sigma_bytes / 2;
  EXPECT_TRUE(testing::ks_fits(sizes, [&](double x) {
    return testing::normal_cdf((std::log(x) - mu) / config.sigma_bytes);
  }));
}

TEST(ScanTest, EveryObjectOnce) {
  const Trace trace = Scan::generate({.accesses = 1'000}, 1);
  EXPECT_EQ(trace.blocks->distinct, 1'000u);
  EXPECT_EQ(trace.blocks->accesses(), 1'000u);
  EXPECT_TRUE(trace.blocks->bytes.empty());
  EXPECT_TRUE(trace.requests.arrival.empty());
}

TEST(LoopTest, RoundAndRound) {
  const std::vector<std::uint64_t> ids = ids_of(Loop::generate({.objects = 3, .accesses = 7}, 1));
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{0, 1, 2, 0, 1, 2, 0}));
}

TEST(ZipfScanTest, ScansInterruptInOrder) {
  ZipfScan::Config config;
  config.objects = 100;
  config.accesses = 5'000;
  config.period = 300;
  config.scan_length = 200;
  for (const bool fresh : {true, false}) {
    config.fresh = fresh;
    const Trace trace = ZipfScan::generate(config, 2);
    const std::vector<std::uint64_t> ids = ids_of(trace);
    std::set<std::uint64_t> scanned;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const bool scan = i % 500 >= 300;
      ASSERT_EQ(category_of(trace, i), scan ? "scan" : "hot");
      ASSERT_EQ(ids[i] >= config.objects, scan);
      if (scan && i % 500 > 300) {
        ASSERT_EQ(ids[i], ids[i - 1] + 1);
      }
      if (scan) scanned.insert(ids[i]);
    }
    EXPECT_EQ(scanned.size(), fresh ? 2'000u : 200u);
  }
}

TEST(SearchEngineTest, DaysTrendsAndLaw) {
  SearchEngine::Config config;
  config.accesses = 200'000;
  config.queries = 1'000;
  config.days = 4;
  const Trace trace = SearchEngine::generate(config, 3);
  const std::vector<std::uint64_t> ids = ids_of(trace);
  std::uint64_t night = 0;
  std::uint64_t day = 0;
  std::vector<std::uint64_t> queries(config.queries);
  std::map<std::uint64_t, TimeNs> first_seen;
  std::vector<double> ages;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const double hour = std::fmod(static_cast<double>(trace.requests.arrival[i]) / 3.6e12, 24);
    if (hour < 6) ++night;
    if (hour >= 9 && hour < 15) ++day;
    if (category_of(trace, i) == "query") {
      ++queries[ids[i]];
    } else {
      ASSERT_GE(ids[i], config.queries);
      const auto at = first_seen.emplace(ids[i], trace.requests.arrival[i]).first;
      ages.push_back(static_cast<double>(trace.requests.arrival[i] - at->second) / 3.6e12);
    }
  }
  EXPECT_GT(day, 2 * night);
  EXPECT_TRUE(ChiSquare(queries, zipf_probabilities(config.queries, config.alpha)).fits());
  EXPECT_NEAR(static_cast<double>(ages.size()) / static_cast<double>(ids.size()), 0.1, 0.01);
  // 160 topics are expected in 4 days.
  EXPECT_NEAR(static_cast<double>(first_seen.size()), 160, 45);
  // Interest decays with a life of 3 hours.
  EXPECT_NEAR(std::accumulate(ages.begin(), ages.end(), 0.0) / static_cast<double>(ages.size()), 3,
              0.6);
}

TEST(RecommenderTest, AnInferenceIsABatchOfLookUps) {
  Recommender::Config config;
  config.inferences = 500;
  config.users = 20;
  config.history = 5;
  config.candidates = 7;
  config.context_tables = 3;
  const Trace trace = Recommender::generate(config, 4);
  const std::vector<std::uint64_t> ids = ids_of(trace);
  std::map<std::uint64_t, std::vector<std::uint64_t>> last_candidates;
  std::size_t i = 0;
  std::size_t inferences = 0;
  while (i < ids.size()) {
    ++inferences;
    const TimeNs time = trace.requests.arrival[i];
    ASSERT_EQ(category_of(trace, i), "user");
    const std::uint64_t user = ids[i++];
    ASSERT_LT(user, config.users);
    std::vector<std::uint64_t> history;
    while (category_of(trace, i) == "history") history.push_back(ids[i++]);
    ASSERT_LE(history.size(), config.history);
    for (std::uint64_t t = 0; t < config.context_tables; ++t, ++i) {
      ASSERT_EQ(category_of(trace, i), "context");
      ASSERT_EQ(ids[i] >> 40, 2 + t);
    }
    // The newest item of the history is one that the user was shown last.
    if (last_candidates.contains(user)) {
      ASSERT_FALSE(history.empty());
      ASSERT_EQ(std::count(last_candidates[user].begin(), last_candidates[user].end(),
                           history.front()) > 0,
                true);
    }
    last_candidates[user].clear();
    for (std::uint32_t c = 0; c < config.candidates; ++c, ++i) {
      ASSERT_EQ(category_of(trace, i), "candidate");
      ASSERT_EQ(trace.requests.arrival[i], time);
      last_candidates[user].push_back(ids[i]);
    }
  }
  EXPECT_EQ(inferences, config.inferences);
}

TEST(TextEmbeddingTest, SentencesAndLaw) {
  TextEmbedding::Config config;
  config.accesses = 100'000;
  config.words = 5'000;
  config.recurrence = 0;
  const Trace trace = TextEmbedding::generate(config, 5);
  std::vector<std::uint64_t> counts(config.words);
  for (const std::uint64_t id : ids_of(trace)) ++counts[id];
  EXPECT_TRUE(ChiSquare(counts, zipf_probabilities(config.words, 1, 2.7)).fits());
  const std::set<TimeNs> times(trace.requests.arrival.begin(), trace.requests.arrival.end());
  EXPECT_NEAR(static_cast<double>(config.accesses) / static_cast<double>(times.size()), 22, 4);
}

TEST(TextEmbeddingTest, ContentWordsComeBack) {
  const auto distinct = [](double recurrence) {
    TextEmbedding::Config config;
    config.accesses = 50'000;
    config.recurrence = recurrence;
    return TextEmbedding::generate(config, 6).blocks->distinct;
  };
  EXPECT_LT(distinct(0.5), 0.7 * distinct(0));
}

TEST(ImageFeaturesTest, NearDuplicatesAndViralImages) {
  ImageFeatures::Config config;
  config.accesses = 50'000;
  config.images = 1'000;
  const Trace apart = ImageFeatures::generate(config, 7);
  config.merge = true;
  const Trace merged = ImageFeatures::generate(config, 7);
  // The same requests, but a variant is its original.
  const std::vector<std::uint64_t> ids = ids_of(apart);
  const std::vector<std::uint64_t> merged_ids = ids_of(merged);
  std::uint64_t variants = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ASSERT_EQ(merged_ids[i], ids[i] / 1024 * 1024);
    variants += ids[i] % 1024 != 0 ? 1 : 0;
    ASSERT_EQ(category_of(apart, i) == "viral", ids[i] / 1024 >= config.images);
  }
  EXPECT_NEAR(static_cast<double>(variants) / static_cast<double>(ids.size()), 0.2, 0.01);
  EXPECT_GT(apart.blocks->distinct, 2 * merged.blocks->distinct);
  for (const std::uint32_t bytes : apart.blocks->bytes) {
    ASSERT_EQ(bytes % config.tile_bytes, 0u);
    ASSERT_LE(bytes / config.tile_bytes, config.max_tiles);
  }
}

TEST(DatabaseQueriesTest, IndexPathsRowsAndScans) {
  DatabaseQueries::Config config;
  config.queries = 2'000;
  config.rows = 10'000;
  config.fanout = 50;  // 3 levels: 200 leaves, 4 pages above them, the root
  config.scan_every = 500;
  config.range_share = 0;
  const Trace trace = DatabaseQueries::generate(config, 8);
  const std::vector<std::uint64_t> ids = ids_of(trace);
  const std::map<std::string, std::uint64_t> counts = category_counts(trace);
  EXPECT_EQ(counts.at("index"), 3 * config.queries);
  EXPECT_EQ(counts.at("row"), config.queries);
  EXPECT_GT(counts.at("scan"), 0u);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] != std::uint64_t{3} << 48) continue;  // the root begins a query
    const std::uint64_t middle = ids[i + 1] & 0xffffffff;
    const std::uint64_t leaf = ids[i + 2] & 0xffffffff;
    ASSERT_EQ(leaf / config.fanout, middle);
    ASSERT_EQ(category_of(trace, i + 3), "row");
    ASSERT_EQ(ids[i + 3], leaf);  // 50 rows a leaf, 50 rows a page
  }
  // A scan's pages are successive.
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (category_of(trace, i) != "scan") continue;
    if (ids[i] == 0) next = 0;
    ASSERT_EQ(ids[i], next++);
  }
}

TEST(DatabaseQueriesTest, RangesReadNeighbours) {
  DatabaseQueries::Config config;
  config.queries = 1'000;
  config.range_share = 1;
  config.range_rows = 500;
  config.scan_every = 1e12;
  const std::map<std::string, std::uint64_t> counts =
      category_counts(DatabaseQueries::generate(config, 9));
  // 500 rows on pages of 50: about 11 pages a range.
  EXPECT_NEAR(static_cast<double>(counts.at("row")) / 1'000, 11, 1);
}

}  // namespace
}  // namespace kvsim
