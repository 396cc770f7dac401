#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include "tests/traces/generator/same_trace.hpp"
#include "tests/traces/generator/statistics.hpp"
#include "traces/generator/agent_tree.hpp"
#include "traces/generator/chat.hpp"
#include "traces/generator/few_shot.hpp"
#include "traces/generator/rag.hpp"
#include "traces/generator/serving_mix.hpp"
#include "traces/generator/shared_prefix.hpp"

namespace kvsim {
namespace {

using testing::context_of;
using testing::input_of;
using testing::output_of;
using testing::starts_with;

/// Share of blocks that an earlier request already had.
double ceiling(const Trace& trace, std::uint32_t block_size = 16) {
  const BlockColumns blocks = block_tokens(trace, block_size);
  return 1 - static_cast<double>(blocks.distinct) / static_cast<double>(blocks.accesses());
}

double mean(const Column<std::uint32_t>& column) {
  return std::accumulate(column.begin(), column.end(), 0.0) / static_cast<double>(column.size());
}

double seconds(TimeNs t) { return static_cast<double>(t) / 1e9; }

TEST(ChatTest, ATurnExtendsTheOneBefore) {
  Chat::Config config;
  config.requests = 600;
  config.regenerate = 0.1;
  const Trace trace = Chat::generate(config, 1);
  const RequestColumns& r = trace.requests;
  std::uint64_t extended = 0;
  for (std::uint32_t i = 0; i < r.count; ++i) {
    if (r.parent[i] == kNone) {
      EXPECT_EQ(r.turn[i], 1u);
      continue;
    }
    const std::uint32_t parent = r.parent[i];
    ASSERT_LT(parent, i);
    ASSERT_EQ(r.session[parent], r.session[i]);
    ASSERT_EQ(r.turn[i], r.turn[parent] + 1);
    ASSERT_TRUE(starts_with(input_of(trace, i), context_of(trace, parent)));
    ASSERT_GT(r.arrival[i], r.arrival[parent]);
    ++extended;
  }
  EXPECT_GT(extended, 200u);
}

TEST(ChatTest, RegeneratingRepeatsThePrompt) {
  Chat::Config config;
  config.requests = 2'000;
  config.regenerate = 0.2;
  const Trace trace = Chat::generate(config, 2);
  const RequestColumns& r = trace.requests;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> last;  // of session and turn
  std::uint64_t repeated = 0;
  for (std::uint32_t i = 0; i < r.count; ++i) {
    const auto [at, is_first] = last.try_emplace({r.session[i], r.turn[i]}, i);
    if (is_first) continue;
    const auto before = input_of(trace, at->second);
    const auto now = input_of(trace, i);
    ASSERT_TRUE(std::equal(before.begin(), before.end(), now.begin(), now.end()));
    ASSERT_FALSE(std::ranges::equal(output_of(trace, at->second), output_of(trace, i)));
    at->second = i;
    ++repeated;
  }
  EXPECT_NEAR(static_cast<double>(repeated) / 2'000, 0.2, 0.03);
}

TEST(ChatTest, SessionsInterleaveAndLengthsAreAsSaid) {
  Chat::Config config;
  config.requests = 5'000;
  config.rate = 5;
  const Trace trace = Chat::generate(config, 3);
  const RequestColumns& r = trace.requests;
  std::uint64_t switches = 0;
  for (std::size_t i = 1; i < r.count; ++i) switches += r.session[i] != r.session[i - 1] ? 1 : 0;
  EXPECT_GT(switches, r.count * 9 / 10);
  EXPECT_NEAR(mean(r.output_tokens), config.output_tokens, 0.05 * config.output_tokens);
  // In the second half of the trace sessions have built up.
  const double span = seconds(r.arrival[r.count - 1] - r.arrival[r.count / 2]);
  EXPECT_NEAR(static_cast<double>(r.count) / 2 / span, config.rate, 0.2 * config.rate);
}

TEST(ChatTest, ConversationsHaveGeometricLengths) {
  Chat::Config config;
  config.requests = 40'000;
  config.rate = 1'000;
  config.think_s = 0;
  config.regenerate = 0;
  config.user_tokens = 1;
  config.output_tokens = 1;
  config.decode_rate = 1e6;
  config.system_tokens = 1;
  const Trace trace = Chat::generate(config, 4);
  std::vector<std::uint64_t> turns(trace.requests.session_names.size());
  for (const std::uint32_t s : trace.requests.session) ++turns[s];
  turns.resize(turns.size() - 10);  // the last ones may be cut off
  std::vector<std::uint64_t> counts(40);
  for (const std::uint64_t t : turns) ++counts[std::min<std::uint64_t>(t, 40) - 1];
  std::vector<double> p(40);
  for (std::size_t k = 0; k < 40; ++k) p[k] = std::pow(0.75, k) * (k < 39 ? 0.25 : 1);
  EXPECT_TRUE(testing::ChiSquare(counts, p).fits());
}

TEST(ChatTest, ContextLimitHolds) {
  Chat::Config config;
  config.requests = 1'000;
  config.context_limit = 600;
  const Trace trace = Chat::generate(config, 5);
  EXPECT_LE(
      *std::max_element(trace.requests.input_tokens.begin(), trace.requests.input_tokens.end()),
      600u);
}

TEST(SharedPrefixTest, PrefixesAreShared) {
  SharedPrefix::Config config;
  config.requests = 1'000;
  const Trace trace = SharedPrefix::generate(config, 1);
  const RequestColumns& r = trace.requests;
  // Requests of one application share at least its instructions, of one tenant its preamble, and
  // all of them the platform's.
  std::map<std::uint32_t, std::size_t> first_of_app;
  for (std::size_t i = 0; i < r.count; ++i) {
    const auto [at, is_first] = first_of_app.try_emplace(r.category[i], i);
    ASSERT_TRUE(
        starts_with(input_of(trace, i), input_of(trace, 0).first(config.platform_tokens + 2)));
    if (is_first) continue;
    const auto a = input_of(trace, at->second);
    const auto b = input_of(trace, i);
    const auto shared = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
    ASSERT_GT(shared, config.platform_tokens);
    ASSERT_EQ(r.tenant[i], r.tenant[at->second]);
  }
  EXPECT_EQ(r.tenant_names.size(), config.tenants);
  EXPECT_LE(first_of_app.size(), std::size_t{config.tenants} * config.apps);
  // Only the users' own texts are new: 200 tokens, with the partly filled blocks around them.
  const BlockColumns blocks = block_tokens(trace, 16);
  const double own = static_cast<double>(blocks.distinct) / static_cast<double>(r.count);
  EXPECT_NEAR(own, 200.0 / 16 + 1 + 48 * 1100.0 / 16 / 1000, 3);
}

TEST(SharedPrefixTest, PlatformPreambleIsOptional) {
  SharedPrefix::Config config;
  config.requests = 50;
  config.platform_tokens = 0;
  EXPECT_EQ(SharedPrefix::generate(config, 1).requests.count, 50u);
}

TEST(RagTest, SortedPassagesShareMore) {
  Rag::Config config;
  config.requests = 1'000;
  const double by_relevance = ceiling(Rag::generate(config, 1));
  config.sorted = true;
  const double sorted = ceiling(Rag::generate(config, 1));
  EXPECT_GT(sorted, by_relevance + 0.02);
  EXPECT_GT(by_relevance, 0.25);
}

TEST(RagTest, PassagesAreDistinctAndFromOneTopic) {
  Rag::Config config;
  config.requests = 200;
  config.topics = 3;
  config.topic_passages = 5;
  config.top_k = 9;  // more than there are: all 5
  config.system_tokens = 1;
  config.passage_sigma = 0;
  const Trace trace = Rag::generate(config, 2);
  // Each prompt holds all passages of its topic, in some order: three sets of five.
  std::set<std::multiset<std::vector<Token>>> sets;
  for (std::size_t i = 0; i < trace.requests.count; ++i) {
    const auto prompt = input_of(trace, i);
    std::multiset<std::vector<Token>> passages;
    for (std::size_t p = 0; p < 5; ++p) {
      const auto text = prompt.subspan(4 + p * 132, 132);
      passages.insert(std::vector<Token>(text.begin(), text.end()));
    }
    ASSERT_EQ(std::set(passages.begin(), passages.end()).size(), 5u);
    sets.insert(passages);
  }
  EXPECT_EQ(sets.size(), 3u);
}

TEST(FewShotTest, TemplatesAreShared) {
  FewShot::Config config;
  config.requests = 1'000;
  const Trace trace = FewShot::generate(config, 1);
  const double plain = ceiling(trace);
  EXPECT_GT(plain, 0.75);
  config.shuffled = 1;
  const double shuffled = ceiling(FewShot::generate(config, 1));
  EXPECT_LT(shuffled, plain - 0.1);
  config.shuffled = 0;
  config.shots = 0;
  EXPECT_LT(mean(FewShot::generate(config, 1).requests.input_tokens), 200);
}

TEST(FewShotTest, QueriesComeInRuns) {
  FewShot::Config config;
  config.requests = 20'000;
  config.task_alpha = 0;
  config.tasks = 1'000;
  config.shots = 0;
  const Trace trace = FewShot::generate(config, 2);
  std::uint64_t runs = 1;
  for (std::size_t i = 1; i < trace.requests.count; ++i) {
    runs += trace.requests.category[i] != trace.requests.category[i - 1] ? 1 : 0;
  }
  EXPECT_NEAR(20'000.0 / static_cast<double>(runs), config.run_length, 1.6);
}

TEST(AgentTreeTest, StepsExtendAndSubAgentsFork) {
  AgentTree::Config config;
  config.requests = 800;
  config.fork = 0.2;
  config.inherit = 1;
  const Trace trace = AgentTree::generate(config, 1);
  const RequestColumns& r = trace.requests;
  std::map<std::uint32_t, std::uint64_t> children;
  std::uint64_t forked = 0;
  for (std::uint32_t i = 0; i < r.count; ++i) {
    if (r.parent[i] == kNone) continue;
    const std::uint32_t parent = r.parent[i];
    ASSERT_LT(parent, i);
    ASSERT_EQ(r.session[parent], r.session[i]);
    ASSERT_GT(r.arrival[i], r.arrival[parent]);
    // Whether it is the agent's next step or a sub-agent that inherits, the context goes on.
    ASSERT_TRUE(starts_with(input_of(trace, i), context_of(trace, parent))) << i;
    if (r.turn[i] == 1) {
      ++forked;
      ASSERT_EQ(r.category_names[r.category[i]], "subagent");
    } else {
      ASSERT_EQ(r.turn[i], r.turn[parent] + 1);
      ASSERT_EQ(r.category[i], r.category[parent]);
    }
    ++children[parent];
  }
  EXPECT_GT(forked, 50u);
  EXPECT_TRUE(
      std::any_of(children.begin(), children.end(), [](const auto& c) { return c.second > 2; }));
}

TEST(AgentTreeTest, AParentWaitsForItsSubAgents) {
  AgentTree::Config config;
  config.requests = 800;
  config.fork = 0.3;
  config.depth = 1;
  config.children = 3;
  config.child_steps = 1.5;  // often all ask at once, and the first may be the last to be answered
  config.output_sigma = 1.2;
  const Trace trace = AgentTree::generate(config, 2);
  const RequestColumns& r = trace.requests;
  // Sub-agents' requests, by the request that called them.
  std::map<std::uint32_t, std::vector<std::uint32_t>> called_by;
  std::vector<std::uint32_t> caller(r.count, kNone);
  for (std::uint32_t i = 0; i < r.count; ++i) {
    if (r.category_names[r.category[i]] != "subagent") continue;
    caller[i] = r.turn[i] == 1 ? r.parent[i] : caller[r.parent[i]];
    called_by[caller[i]].push_back(i);
  }
  std::uint64_t waits = 0;
  for (std::uint32_t i = 0; i < r.count; ++i) {
    if (r.category_names[r.category[i]] != "agent" || r.parent[i] == kNone) continue;
    const auto subagents = called_by.find(r.parent[i]);
    if (subagents == called_by.end()) continue;
    ++waits;
    for (const std::uint32_t s : subagents->second) {
      const double answered =
          seconds(r.arrival[s]) + static_cast<double>(r.output_tokens[s]) / config.decode_rate;
      ASSERT_GE(seconds(r.arrival[i]) + 0.002, answered);
    }
  }
  EXPECT_GT(waits, 10u);
}

TEST(AgentTreeTest, MeanRequestsATask) {
  AgentTree::Config config;
  config.requests = 20'000;
  config.fork = 0.1;
  config.system_tokens = 1;
  config.task_tokens = 1;
  config.tool_tokens = 1;
  config.output_tokens = 1;
  config.context_limit = 1u << 20;
  const Trace trace = AgentTree::generate(config, 3);
  EXPECT_NEAR(20'000.0 / static_cast<double>(trace.requests.session_names.size()),
              AgentTree::mean_requests(config), 2.5);
}

TEST(AgentTreeTest, WithoutForksThereAreNoSubAgents) {
  AgentTree::Config config;
  config.requests = 300;
  config.depth = 0;
  const Trace trace = AgentTree::generate(config, 4);
  EXPECT_EQ(trace.requests.category_names.size(), 1u);
}

TEST(AgentTreeTest, ContextLimitHolds) {
  AgentTree::Config config;
  config.requests = 600;
  config.context_limit = 4'500;
  config.fork = 0.3;
  const Trace trace = AgentTree::generate(config, 5);
  EXPECT_LE(
      *std::max_element(trace.requests.input_tokens.begin(), trace.requests.input_tokens.end()),
      4'500u);
}

TEST(ServingMixTest, PartsKeepTheirSharesAndTheirLinks) {
  ServingMix::Config config;
  config.requests = 1'000;
  const Trace trace = ServingMix::generate(config, 1);
  const RequestColumns& r = trace.requests;
  EXPECT_EQ(r.count, 1'000u);
  std::map<std::string, std::uint64_t> counts;
  for (std::uint32_t i = 0; i < r.count; ++i) {
    std::string name(r.category_names[r.category[i]]);
    name = name.substr(0, name.find('-'));
    ++counts[name == "subagent" ? "agent" : name];
    if (name != "chat" || r.parent[i] == kNone) continue;
    ASSERT_EQ(r.session[r.parent[i]], r.session[i]);
    ASSERT_TRUE(starts_with(input_of(trace, i), context_of(trace, r.parent[i])));
  }
  EXPECT_EQ(counts, (std::map<std::string, std::uint64_t>{
                        {"chat", 400}, {"agent", 300}, {"rag", 100}, {"task", 100}, {"app", 100}}));
}

TEST(ServingMixTest, PartsMayBeLeftOut) {
  ServingMix::Config config;
  config.requests = 101;
  config.rag = config.few_shot = config.shared_prefix = 0;
  const Trace trace = ServingMix::generate(config, 2);
  EXPECT_EQ(trace.requests.count, 101u);
  EXPECT_TRUE(trace.requests.tenant.empty());
}

TEST(RequestWorkloadsTest, BlockSizeIsFree) {
  Chat::Config config;
  config.requests = 300;
  const Trace trace = Chat::generate(config, 6);
  // Finer blocks can only find more.
  double last = 1;
  for (const std::uint32_t block_size : {1u, 16u, 64u, 512u}) {
    const BlockColumns blocks = block_tokens(trace, block_size);
    EXPECT_EQ(blocks.block_size, block_size);
    const double now = ceiling(trace, block_size);
    EXPECT_LE(now, last + 1e-9);
    last = now;
  }
}

}  // namespace
}  // namespace kvsim
