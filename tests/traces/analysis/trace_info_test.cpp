#include "traces/analysis/trace_info.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"
#include "traces/generator/generate.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

/// A request as plain data, for the naive twin.
struct PlainRequest {
  double time_s;
  std::uint32_t input;
  std::vector<std::uint64_t> blocks;
};

constexpr std::uint32_t kBlockSize = 8;

std::vector<PlainRequest> random_requests(std::uint64_t seed) {
  Rng rng(seed);
  std::vector<PlainRequest> requests(1 + rng.below(40));
  double time = 0;
  for (PlainRequest& r : requests) {
    time += static_cast<double>(rng.below(5000)) / 1000;
    r.time_s = time;
    r.blocks.resize(rng.below(6));
    for (std::uint64_t& b : r.blocks) b = rng.below(20);
    const auto full = static_cast<std::uint32_t>(r.blocks.size()) * kBlockSize;
    r.input = full == 0 ? 0 : full - static_cast<std::uint32_t>(rng.below(kBlockSize));
  }
  return requests;
}

Trace build(const std::vector<PlainRequest>& requests) {
  TraceBuilder builder(TraceBuilder::Kind::kBlocks, kBlockSize);
  for (const PlainRequest& r : requests) {
    RequestRow row;
    row.arrival = static_cast<TimeNs>(std::llround(r.time_s * 1000)) * 1'000'000;
    row.input_tokens = r.input;
    builder.begin_request(row);
    builder.add_blocks(r.blocks);
  }
  return builder.finish("random", "test");
}

template <class T>
T naive_quantile(std::vector<T> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(q * static_cast<double>(values.size()) - 1e-9);
  return values[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

std::uint64_t total(const std::vector<TraceInfo::Bin>& bins) {
  std::uint64_t sum = 0;
  for (const TraceInfo::Bin& b : bins) sum += b.count;
  return sum;
}

TEST(TraceInfoTest, AgreesWithTheNaiveCountOnRandomBlockTraces) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::vector<PlainRequest> requests = random_requests(seed);
    const TraceInfo info = analyse(build(requests));
    std::map<std::uint64_t, std::pair<std::uint64_t, double>> last;  // position, time
    std::map<std::uint64_t, std::uint64_t> uses;
    std::map<std::uint64_t, std::uint64_t> first_blocks;
    std::vector<std::uint64_t> gaps, per_request, prefixes;
    std::vector<double> seconds;
    std::uint64_t position = 0, input = 0;
    std::uint64_t object_tokens = 0, prefix_hits = 0, prefix_tokens = 0;
    std::uint64_t object_requests = 0, prefix_requests = 0;
    for (const PlainRequest& r : requests) {
      input += r.input;
      per_request.push_back(r.blocks.size());
      const auto before = last;
      std::uint64_t prefix = 0;
      while (prefix < r.blocks.size() && before.contains(r.blocks[prefix])) ++prefix;
      bool hit = false;
      for (std::uint64_t i = 0; i < r.blocks.size(); ++i) {
        const std::uint64_t tokens = std::min<std::uint64_t>(kBlockSize, r.input - i * kBlockSize);
        const std::uint64_t b = r.blocks[i];
        if (last.contains(b)) {
          hit = true;
          object_tokens += tokens;
          gaps.push_back(position - last[b].first);
          seconds.push_back(r.time_s - last[b].second);
        }
        if (i < prefix) prefix_tokens += tokens;
        last[b] = {position++, r.time_s};
        ++uses[b];
      }
      if (!r.blocks.empty()) ++first_blocks[r.blocks[0]];
      prefix_hits += prefix;
      prefixes.push_back(prefix);
      object_requests += hit ? 1 : 0;
      prefix_requests += prefix > 0 ? 1 : 0;
    }
    ASSERT_TRUE(info.blocks);
    const TraceInfo::Blocks& b = *info.blocks;
    ASSERT_EQ(b.accesses, position);
    ASSERT_EQ(b.distinct, uses.size());
    ASSERT_EQ(b.object.hits, gaps.size());
    ASSERT_EQ(b.object.hit_tokens, object_tokens);
    ASSERT_EQ(b.object.hit_requests, object_requests);
    ASSERT_EQ(b.prefix->hits, prefix_hits);
    ASSERT_EQ(b.prefix->hit_tokens, prefix_tokens);
    ASSERT_EQ(b.prefix->hit_requests, prefix_requests);
    const double n = static_cast<double>(requests.size());
    ASSERT_DOUBLE_EQ(b.prefix->request_hit, static_cast<double>(prefix_requests) / n);
    if (input > 0) {
      ASSERT_DOUBLE_EQ(*b.prefix->token_hit,
                       static_cast<double>(prefix_tokens) / static_cast<double>(input));
    }
    ASSERT_FALSE(b.object.byte_hit);
    ASSERT_EQ(b.per_request.median, naive_quantile(per_request, 0.5));
    ASSERT_EQ(b.reuse.accesses.median, naive_quantile(gaps, 0.5));
    ASSERT_EQ(b.reuse.accesses.p90, naive_quantile(gaps, 0.9));
    ASSERT_EQ(b.reuse.accesses.p99, naive_quantile(gaps, 0.99));
    ASSERT_EQ(b.reuse.accesses.max, naive_quantile(gaps, 1));
    ASSERT_NEAR(b.reuse.seconds->median, naive_quantile(seconds, 0.5), 1e-6);
    ASSERT_NEAR(b.reuse.seconds->p99, naive_quantile(seconds, 0.99), 1e-6);
    ASSERT_EQ(total(b.reuse.accesses_histogram), gaps.size());
    ASSERT_EQ(total(b.reuse.seconds_histogram), gaps.size());
    ASSERT_EQ(b.sharing->prefix_blocks.p90, naive_quantile(prefixes, 0.9));
    ASSERT_EQ(b.sharing->first_blocks, first_blocks.size());
    std::uint64_t shared = 0, largest = 0;
    for (const auto& [id, count] : first_blocks) {
      shared += count > 1 ? count : 0;
      largest = std::max(largest, count);
    }
    ASSERT_EQ(b.sharing->requests_sharing, shared);
    ASSERT_EQ(b.sharing->largest_group, largest);
    if (position == 0) continue;
    std::vector<std::uint64_t> counts;
    std::uint64_t once = 0;
    for (const auto& [id, count] : uses) {
      counts.push_back(count);
      once += count == 1 ? 1 : 0;
    }
    std::sort(counts.rbegin(), counts.rend());
    std::uint64_t top = 0;
    for (std::size_t i = 0; i < (counts.size() + 9) / 10; ++i) top += counts[i];
    const double accesses = static_cast<double>(position);
    ASSERT_DOUBLE_EQ(b.popularity.top_10_percent, static_cast<double>(top) / accesses);
    ASSERT_DOUBLE_EQ(b.popularity.top_1_percent, static_cast<double>(counts[0]) / accesses);
    ASSERT_DOUBLE_EQ(b.popularity.one_hit_wonders,
                     static_cast<double>(once) / static_cast<double>(counts.size()));
    ASSERT_DOUBLE_EQ(b.reuse.never_reused, static_cast<double>(uses.size()) / accesses);
  }
}

TEST(TraceInfoTest, ObjectTracesHaveBytes) {
  TraceBuilder builder(TraceBuilder::Kind::kObjects);
  for (const std::uint64_t id : {1, 2, 1, 3, 1, 2}) {
    builder.add_object(id, static_cast<std::uint32_t>(100 * id));
  }
  const TraceInfo info = analyse(builder.finish("objects", "test"));
  EXPECT_EQ(info.kind, "objects");
  EXPECT_EQ(info.blocks->footprint_bytes, 600u);
  EXPECT_EQ(info.blocks->accessed_bytes, 1000u);
  EXPECT_EQ(info.blocks->object.hits, 3u);
  EXPECT_DOUBLE_EQ(info.blocks->object.block_hit, 0.5);
  EXPECT_DOUBLE_EQ(*info.blocks->object.byte_hit, 0.4);
  EXPECT_FALSE(info.blocks->object.token_hit);
  EXPECT_FALSE(info.blocks->prefix);
  EXPECT_FALSE(info.blocks->sharing);
  EXPECT_FALSE(info.blocks->reuse.seconds);
  EXPECT_FALSE(info.times);
}

TEST(TraceInfoTest, ObjectsThatChangeTheirSize) {
  TraceBuilder builder(TraceBuilder::Kind::kObjects);
  builder.add_object(1, 100);
  builder.add_object(1, 300);
  const TraceInfo info = analyse(builder.finish("objects", "test"));
  EXPECT_EQ(info.blocks->footprint_bytes, 100u);
  EXPECT_EQ(info.blocks->accessed_bytes, 400u);
  EXPECT_DOUBLE_EQ(*info.blocks->object.byte_hit, 0.75);
}

TEST(TraceInfoTest, TokensPerBlockOfTheTraceItself) {
  TraceBuilder builder(TraceBuilder::Kind::kBlocks, 512);
  for (int i = 0; i < 2; ++i) {
    RequestRow row;
    row.input_tokens = 100;
    builder.begin_request(row);
    builder.set_tokens_per_block(30);
    builder.add_blocks(std::vector<std::uint64_t>{1, 2, 3});
  }
  EXPECT_EQ(analyse(builder.finish("fixed", "test")).blocks->prefix->hit_tokens, 90u);
}

TEST(TraceInfoTest, TokenTracesTakeAnyBlockSize) {
  TraceBuilder builder(TraceBuilder::Kind::kTokens);
  const std::vector<Token> first{1, 2, 3, 4, 5, 6};
  const std::vector<Token> second{1, 2, 3, 4, 9, 9, 9};
  for (const std::vector<Token>& prompt : {first, second}) {
    RequestRow row;
    row.input_tokens = static_cast<std::uint32_t>(prompt.size());
    builder.begin_request(row);
    builder.add_tokens(prompt, std::vector<Token>{7});
  }
  const Trace trace = builder.finish("tokens", "test");
  const TraceInfo info = analyse(trace, {.block_size = 2});
  EXPECT_EQ(info.kind, "tokens");
  EXPECT_EQ(info.block_size, 2u);
  EXPECT_EQ(info.blocks->accesses, 7u);
  EXPECT_EQ(info.blocks->prefix->hits, 2u);
  EXPECT_DOUBLE_EQ(*info.blocks->prefix->token_hit, 4.0 / 13);
  EXPECT_EQ(analyse(trace, {.block_size = 5}).blocks->prefix->hits, 0u);
  EXPECT_THROW(analyse(trace, {.block_size = 0}), InputError);
}

TEST(TraceInfoTest, LoadWithoutContent) {
  TraceBuilder builder(TraceBuilder::Kind::kLengths);
  for (const TimeNs t : {5, 1, 3}) {
    RequestRow row;
    row.arrival = t * 1'000'000'000;
    row.input_tokens = 10;
    builder.begin_request(row);
  }
  const TraceInfo info = analyse(builder.finish("load", "test"));
  EXPECT_EQ(info.kind, "lengths");
  EXPECT_FALSE(info.blocks);
  EXPECT_FALSE(info.times->monotone);
  EXPECT_DOUBLE_EQ(info.times->duration_s, 4);
  EXPECT_DOUBLE_EQ(info.times->request_rate, 0.75);
  EXPECT_NE(render_text(info).find("load without content"), std::string::npos);
  EXPECT_FALSE(to_json(info).contains("blocks"));
}

TEST(TraceInfoTest, SessionsParentsAndGroups) {
  TraceBuilder builder(TraceBuilder::Kind::kLengths);
  struct Row {
    TimeNs second;
    const char* session;
    std::optional<std::uint32_t> parent;
    const char* category;
  };
  const std::vector<Row> rows{{0, "a", {}, "chat"},      {1, "b", {}, "code"},
                              {2, "a", 0, "chat"},       {9, "a", 2, "chat"},
                              {10, nullptr, {}, "chat"}, {11, "a", 0, "code"}};
  for (const Row& r : rows) {
    RequestRow row;
    row.arrival = r.second * 1'000'000'000;
    if (r.session != nullptr) row.session = r.session;
    row.parent = r.parent;
    row.category = r.category;
    builder.begin_request(row);
  }
  const TraceInfo info = analyse(builder.finish("sessions", "test"));
  EXPECT_EQ(info.sessions->count, 2u);
  EXPECT_EQ(info.sessions->requests, 5u);
  EXPECT_EQ(info.sessions->multi_request, 1u);
  EXPECT_EQ(info.sessions->per_session.max, 4u);
  EXPECT_EQ(info.sessions->gap_s->count, 3u);
  EXPECT_DOUBLE_EQ(info.sessions->gap_s->median, 2);
  EXPECT_DOUBLE_EQ(info.sessions->gap_s->max, 7);
  EXPECT_EQ(info.parents->requests, 3u);
  EXPECT_EQ(info.parents->max_depth, 3u);
  EXPECT_EQ(info.parents->branching, 1u);
  ASSERT_EQ(info.categories.size(), 2u);
  EXPECT_EQ(info.categories[0].name, "chat");
  EXPECT_EQ(info.categories[0].requests, 4u);
  EXPECT_TRUE(info.tenants.empty());
}

TEST(TraceInfoTest, NearestRank) {
  EXPECT_EQ(nearest_rank(0.5, 1), 1u);
  EXPECT_EQ(nearest_rank(0.5, 4), 2u);
  EXPECT_EQ(nearest_rank(0.5, 5), 3u);
  EXPECT_EQ(nearest_rank(0.99, 100), 99u);
  EXPECT_EQ(nearest_rank(0.99, 101), 100u);
  EXPECT_EQ(nearest_rank(1, 7), 7u);
  std::vector<int> values{9, 1, 5, 3};
  const auto s = summarise<int>(values);
  EXPECT_EQ(s.sum, 18);
  EXPECT_EQ(s.min, 1);
  EXPECT_EQ(s.median, 3);
  EXPECT_EQ(s.p90, 9);
  EXPECT_EQ(s.max, 9);
}

TEST(TraceInfoTest, ZipfFitFindsTheExponent) {
  for (const double alpha : {0.6, 0.8, 1.0, 1.2}) {
    const Trace trace =
        generate("zipf", {{"alpha", alpha}, {"accesses", std::int64_t{300'000}}}, 1);
    const TraceInfo::Popularity popularity = analyse(trace).blocks->popularity;
    ASSERT_TRUE(popularity.zipf_exponent);
    EXPECT_NEAR(*popularity.zipf_exponent, alpha, 0.04);
    EXPECT_GT(*popularity.zipf_r2, 0.99);
  }
  EXPECT_FALSE(analyse(generate("scan", {}, 1)).blocks->popularity.zipf_exponent);
  EXPECT_FALSE(analyse(generate("loop", {}, 1)).blocks->popularity.zipf_exponent);
}

/// Columns that a line takes: its UTF-8 characters, each of which is one column here.
std::size_t columns_of(const std::string& line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

TEST(TraceInfoTest, TextFitsATerminal) {
  for (const GeneratorInfo& g : generators()) {
    const std::string text = render_text(analyse(kvsim::generate(g.name, {}, 1)));
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 60) << g.name;
    EXPECT_TRUE(text.ends_with('\n'));
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t end = text.find('\n', begin);
      const std::string line = text.substr(begin, end - begin);
      EXPECT_LE(columns_of(line), 100u) << line;
      EXPECT_FALSE(line.ends_with(' ')) << "'" << line << "'";
      begin = end + 1;
    }
  }
}

TEST(TraceInfoTest, JsonHoldsWhatWasMeasured) {
  const TraceInfo info = analyse(generate("serving_mix", {{"requests", std::int64_t{200}}}, 1));
  const nlohmann::json json = to_json(info);
  EXPECT_EQ(json["requests"], 200);
  EXPECT_EQ(json["kind"], "tokens");
  EXPECT_EQ(json["features"]["token ids"], true);
  EXPECT_EQ(json["input_tokens"]["sum"], info.input_tokens->sum);
  EXPECT_EQ(json["blocks"]["ceilings"]["prefix"]["token_hit"], *info.blocks->prefix->token_hit);
  EXPECT_FALSE(json["blocks"]["ceilings"]["prefix"].contains("byte_hit"));
  EXPECT_EQ(json["times"]["profile"].size(), 48u);
  EXPECT_EQ(nlohmann::json::parse(json.dump()), json);
}

TEST(TraceInfoTest, AnEmptyTrace) {
  TraceBuilder builder(TraceBuilder::Kind::kBlocks, 16);
  const TraceInfo info = analyse(builder.finish("empty", "test"));
  EXPECT_EQ(info.requests, 0u);
  EXPECT_FALSE(render_text(info).empty());
  EXPECT_FALSE(to_json(info).dump().empty());
}

}  // namespace
}  // namespace kvsim
