#include "model/kv_cache/prefix_cache.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <deque>
#include <set>
#include <string>

#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

constexpr std::uint32_t kBlockSize = 4;

struct Plan {
  std::vector<std::vector<Token>> prompts;
  std::vector<std::vector<Token>> outputs;
};

// Prompts that share heads of random lengths, and replies that later prompts may go on from.
Plan make_plan(Rng& rng, std::uint32_t requests) {
  Plan plan;
  for (std::uint32_t r = 0; r < requests; ++r) {
    std::vector<Token> prompt;
    if (r > 0 && rng.below(4) != 0) {
      const std::uint64_t from = rng.below(r);
      prompt = plan.prompts[from];
      prompt.insert(prompt.end(), plan.outputs[from].begin(), plan.outputs[from].end());
      prompt.resize(rng.below(prompt.size() + 1));
    }
    for (std::uint64_t n = 1 + rng.below(14); n > 0; --n) {
      prompt.push_back(static_cast<Token>(rng.below(3)));
    }
    if (prompt.size() > 60) prompt.resize(60);
    std::vector<Token> output(1 + rng.below(11));
    for (Token& t : output) t = static_cast<Token>(rng.below(2));
    plan.prompts.push_back(prompt);
    plan.outputs.push_back(output);
  }
  return plan;
}

struct Live {
  std::vector<RequestOutcome> outcomes;
  std::vector<BlockOrigin> evicted;
  CacheCounts counts;
  Trace trace;
};

// Serves the plan `batch` requests at a time, each generating a token a round, and checks that
// physical blocks are never shared by different contents.
Live serve(const Plan& plan, PrefixCache& cache, std::uint32_t batch) {
  struct Running {
    std::uint32_t request;
    PrefixCache::Sequence sequence;
    std::vector<Token> tokens;
  };
  Live live;
  live.outcomes.resize(plan.prompts.size());
  std::deque<Running> running;
  std::vector<std::vector<Token>> pool(cache.pool_blocks());  // what was written to each block
  const auto write = [&](Running& r, std::size_t from, std::size_t to) {
    for (std::size_t t = from; t < to; ++t) {
      auto& block = pool[r.sequence.table()[t / kBlockSize]];
      block.assign(r.tokens.begin(), r.tokens.begin() + static_cast<std::ptrdiff_t>(t + 1));
    }
  };
  const auto check = [&](const Running& r, std::size_t tokens) {
    for (std::size_t b = 0; b * kBlockSize < tokens; ++b) {
      const auto& block = pool[r.sequence.table()[b]];
      const std::size_t end = std::min<std::size_t>(tokens, (b + 1) * kBlockSize);
      ASSERT_EQ(block, std::vector<Token>(r.tokens.begin(),
                                          r.tokens.begin() + static_cast<std::ptrdiff_t>(end)));
    }
  };
  std::uint32_t next = 0;
  while (next < plan.prompts.size() || !running.empty()) {
    while (running.size() < batch && next < plan.prompts.size()) {
      Running r{next, cache.begin(next, plan.prompts[next]), plan.prompts[next]};
      write(r, r.sequence.cached_tokens(), r.tokens.size());
      cache.computed(r.sequence, r.tokens);
      check(r, r.tokens.size());
      running.push_back(std::move(r));
      ++next;
    }
    for (Running& r : running) {
      const auto& output = plan.outputs[r.request];
      const std::size_t done = r.tokens.size() - plan.prompts[r.request].size();
      if (done + 1 < output.size()) {  // the last token's KV is never computed
        r.tokens.push_back(output[done]);
        cache.extend(r.sequence, r.tokens.size());
        write(r, r.tokens.size() - 1, r.tokens.size());
        cache.computed(r.sequence, r.tokens);
        check(r, r.tokens.size());
      }
    }
    for (std::size_t i = 0; i < running.size();) {
      Running& r = running[i];
      const auto& output = plan.outputs[r.request];
      if (r.tokens.size() - plan.prompts[r.request].size() + 1 < output.size()) {
        ++i;
        continue;
      }
      r.tokens.push_back(output.back());
      cache.release(r.sequence, r.tokens);
      live.outcomes[r.request] = r.sequence.outcome();
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  TraceBuilder builder(TraceBuilder::Kind::kTokens);
  std::vector<std::vector<std::size_t>> of_request(plan.prompts.size());
  const auto& events = cache.events();
  for (std::size_t e = 0; e < events.size(); ++e) of_request[events[e].request].push_back(e);
  for (std::size_t r = 0; r < plan.prompts.size(); ++r) {
    RequestRow row;
    row.arrival = static_cast<TimeNs>(r);
    builder.begin_request(row);
    builder.add_tokens(plan.prompts[r], plan.outputs[r]);
    for (const std::size_t e : of_request[r]) {
      builder.add_event(e, events[e].kind, events[e].first, events[e].count);
    }
  }
  live.trace = builder.finish("live", "tokens");
  live.evicted = cache.evictions();
  live.counts = cache.counts();
  return live;
}

PrefixCache::Config config_for(const Plan& plan, const std::string& policy, std::uint64_t capacity,
                               std::uint32_t batch) {
  PrefixCache::Config config;
  config.policy = parse_policy(policy);
  config.capacity = capacity;
  config.reserve = batch * 20;
  config.block_size = kBlockSize;
  config.most_blocks = static_cast<std::uint32_t>(plan.prompts.size()) * 20;
  config.keys = checked(KeySpec{});
  config.seed = 3;
  return config;
}

std::vector<std::string> online_policies() {
  std::vector<std::string> names;
  for (const ComponentInfo& info : list_policies()) {
    if (info.name != "belady" && info.name != "belady_size") names.push_back(info.name);
  }
  for (const char* filtered : {"tinylfu+lru", "tinylfu+gdsf"}) names.emplace_back(filtered);
  return names;
}

class EveryPolicy : public testing::TestWithParam<std::string> {};

// What the whole design rests on: a replay of the recorded events is the run, request by request
// and block by block.
TEST_P(EveryPolicy, ReplayOfTheEventsIsTheRun) {
  std::uint64_t evictions = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Rng rng(seed);
    const std::uint32_t batch = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 8 : 3;
    const Plan plan = make_plan(rng, 40);
    const std::uint64_t capacity = 1 + rng.below(40);
    PrefixCache cache(config_for(plan, GetParam(), capacity, batch));
    const Live live = serve(plan, cache, batch);
    if (HasFatalFailure()) return;

    const AccessStream stream =
        make_stream(live.trace, kBlockSize, Lookup::kFullBlocks, TouchOrder::kHeadFirst);
    std::vector<RequestOutcome> replayed;
    std::vector<Slot> evicted;
    ReplayJob job;
    job.stream = &stream;
    job.reuse = Reuse::kPrefix;
    job.capacity = capacity;
    job.seed = 3;
    job.per_request = &replayed;
    job.evicted = &evicted;
    const ReplayOutcome outcome = replay(job, parse_policy(GetParam()));

    ASSERT_EQ(replayed.size(), live.outcomes.size());
    for (std::size_t r = 0; r < replayed.size(); ++r) {
      ASSERT_EQ(replayed[r].hit_blocks, live.outcomes[r].hit_blocks) << "request " << r;
      ASSERT_EQ(replayed[r].hit_tokens, live.outcomes[r].hit_tokens) << "request " << r;
      ASSERT_EQ(replayed[r].insertions, live.outcomes[r].insertions) << "request " << r;
      ASSERT_EQ(replayed[r].evictions, live.outcomes[r].evictions) << "request " << r;
      ASSERT_EQ(replayed[r].rejected, live.outcomes[r].rejected) << "request " << r;
    }
    ASSERT_EQ(evicted.size(), live.evicted.size());
    for (std::size_t e = 0; e < evicted.size(); ++e) {
      const BlockOrigin& origin = live.evicted[e];
      ASSERT_EQ(stream.slot[stream.begin(origin.request) + origin.block], evicted[e]);
    }
    ASSERT_EQ(outcome.counts.cache.insertions, live.counts.insertions);
    evictions += live.counts.evictions;
  }
  EXPECT_GT(evictions, 100U) << "the test must test something";
}

INSTANTIATE_TEST_SUITE_P(PrefixCache, EveryPolicy, testing::ValuesIn(online_policies()),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

TEST(PrefixCacheTest, FindsFullBlocksButNeverTheLastToken) {
  Plan plan;
  plan.prompts = {{1, 2, 3, 4, 5, 6, 7, 8}};
  plan.outputs = {{9}};
  PrefixCache cache(config_for(plan, "lru", 10, 2));
  auto first = cache.begin(0, plan.prompts[0]);
  EXPECT_EQ(first.cached_tokens(), 0U);
  EXPECT_EQ(first.table().size(), 2U);
  cache.computed(first, plan.prompts[0]);
  auto second = cache.begin(1, plan.prompts[0]);
  EXPECT_EQ(second.cached_tokens(), 4U) << "the second block holds the last token";
  EXPECT_EQ(second.table()[0], first.table()[0]) << "shared, not copied";
  EXPECT_NE(second.table()[1], first.table()[1]);
}

TEST(PrefixCacheTest, WithoutCapacityNothingIsFoundAndNothingRecorded) {
  Rng rng(1);
  const Plan plan = make_plan(rng, 20);
  PrefixCache cache(config_for(plan, "lru", 0, 4));
  const Live live = serve(plan, cache, 4);
  EXPECT_TRUE(cache.events().empty());
  for (const RequestOutcome& outcome : live.outcomes) EXPECT_EQ(outcome.hit_blocks, 0U);
}

TEST(PrefixCacheTest, ARecordingReplaysAtItsOwnBlockSizeOnly) {
  Rng rng(1);
  const Plan plan = make_plan(rng, 20);
  PrefixCache cache(config_for(plan, "lru", 10, 2));
  const Live live = serve(plan, cache, 2);
  for (const std::uint32_t other : {kBlockSize / 2, kBlockSize * 2}) {
    EXPECT_THROW(make_stream(live.trace, other, Lookup::kFullBlocks, TouchOrder::kHeadFirst),
                 InputError);
  }
}

TEST(PrefixCacheTest, RefusesOraclesAndTellsCollisions) {
  Rng rng(1);
  const Plan plan = make_plan(rng, 40);
  EXPECT_THROW(PrefixCache(config_for(plan, "belady", 4, 1)), InputError);
  PrefixCache::Config config = config_for(plan, "lru", 40, 1);
  config.keys.bits = 3;
  PrefixCache cache(config);
  try {
    serve(plan, cache, 1);
    FAIL() << "eight keys cannot tell the blocks apart";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("has the key of block"), std::string::npos);
  }
}

}  // namespace
}  // namespace kvsim
