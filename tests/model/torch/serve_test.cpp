#include "model/torch/serve.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "sim/core/error.hpp"
#include "traces/reader/open_trace.hpp"
#include "traces/writer/write_trace.hpp"

namespace kvsim::torch_models {
namespace {

ModelConfig tiny() {
  ModelConfig c;
  c.name = "tiny";
  c.layers = 2;
  c.hidden = 32;
  c.heads = 4;
  c.kv_heads = 2;
  c.head_dim = 8;
  c.ffn = 48;
  c.vocab = 300;
  c.context = 600;
  c.tied_embeddings = true;
  return c;
}

// Chats that share system prompts, each turn behind the whole history.
Workload chats(std::uint32_t sessions, std::uint32_t turns) {
  Workload workload;
  workload.name = "chats";
  for (std::uint32_t s = 0; s < sessions; ++s) {
    WorkloadSession session;
    session.name = "s" + std::to_string(s);
    session.is_chat = true;
    session.system = std::string("You help with matter ") + (s % 2 == 0 ? "one" : "two") +
                     ", and say what you know of it in few words.";
    for (std::uint32_t t = 0; t < turns; ++t) {
      session.turns.push_back({"Question " + std::to_string(s * 31 + t * 7) + "?", {}, {}, {}});
    }
    workload.sessions.push_back(session);
  }
  return workload;
}

// Prompts of token ids with shared heads, with times.
Workload prompts(std::uint32_t count, std::uint64_t seed) {
  Workload workload;
  workload.name = "prompts";
  workload.has_tokens = workload.has_times = true;
  Rng rng(seed);
  std::vector<std::vector<Token>> heads(4);
  for (auto& head : heads) {
    for (std::uint64_t n = 20 + rng.below(40); n > 0; --n) {
      head.push_back(static_cast<Token>(rng.below(300)));
    }
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    WorkloadTurn turn;
    turn.tokens = heads[rng.below(4)];
    turn.tokens.resize(1 + rng.below(turn.tokens.size()));
    for (std::uint64_t n = rng.below(30); n > 0; --n) {
      turn.tokens.push_back(static_cast<Token>(rng.below(300)));
    }
    turn.output_tokens = static_cast<std::uint32_t>(1 + rng.below(12));
    turn.arrival = static_cast<TimeNs>(i) * 2'000'000'000;
    WorkloadSession session;
    session.name = "p" + std::to_string(i);
    session.turns.push_back(turn);
    workload.sessions.push_back(session);
  }
  return workload;
}

ServeOptions options_for(const std::string& policy, std::uint64_t capacity, std::uint32_t batch) {
  ServeOptions options;
  options.policy = parse_policy(policy);
  options.capacity = capacity;
  options.block_size = 8;
  options.keys = checked(KeySpec{});
  options.batch = batch;
  options.client.sessions = batch;
  options.client.most_output = 10;
  options.client.context = 600;
  options.client.vocab = 300;
  options.verifies = true;
  options.stopwatch = [now = 0.0]() mutable { return now += 0.5; };
  return options;
}

struct Case {
  std::string policy;
  std::uint32_t batch;
};

class SimulatorAgainstReality : public testing::TestWithParam<Case> {};

// The run's own hits and evictions, request by request and block by block, from its recording, also
// once it has been through a file; and what was reused gives the tokens of the run without a cache.
TEST_P(SimulatorAgainstReality, AgreesBlockByBlock) {
  const Transformer model(tiny(), 3);
  for (const bool is_chat : {true, false}) {
    const Workload workload = is_chat ? chats(10, 5) : prompts(60, 7);
    const ServeOptions options = options_for(GetParam().policy, 30, GetParam().batch);
    const ServeReport report = serve(model, workload, nullptr, options);
    EXPECT_EQ(report.with.size(), workload.turns());
    EXPECT_GT(report.run.counts.hits, 20U);
    EXPECT_GT(report.run.counts.evictions + report.run.counts.rejected, 20U);
    EXPECT_TRUE(report.replay_agrees);
    ASSERT_TRUE(report.verification);
    EXPECT_GT(report.verification->reused, 10U);
    EXPECT_TRUE(report.verification->holds()) << report.verification->worst_difference;

    const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                       ("kvsim_recording_" + std::to_string(::getpid()) + ".jsonl");
    write_trace(report.recording, file, "tokens");
    const Trace trace = open_trace(file);
    const AccessStream stream =
        make_stream(trace, options.block_size, Lookup::kFullBlocks, TouchOrder::kHeadFirst);
    std::vector<RequestOutcome> outcomes;
    std::vector<Slot> evicted;
    ReplayJob job;
    job.stream = &stream;
    job.reuse = Reuse::kPrefix;
    job.capacity = options.capacity;
    job.seed = options.seed;
    job.per_request = &outcomes;
    job.evicted = &evicted;
    replay(job, options.policy);
    std::filesystem::remove(file);
    ASSERT_EQ(outcomes.size(), report.with.size());
    for (std::size_t r = 0; r < outcomes.size(); ++r) {
      EXPECT_EQ(outcomes[r].hit_blocks, report.with[r].outcome.hit_blocks) << r;
      EXPECT_EQ(outcomes[r].insertions, report.with[r].outcome.insertions) << r;
      EXPECT_EQ(outcomes[r].evictions, report.with[r].outcome.evictions) << r;
      EXPECT_EQ(outcomes[r].hit_tokens, report.with[r].cached_tokens) << r;
    }
    ASSERT_EQ(evicted.size(), report.evicted.size());
    for (std::size_t e = 0; e < evicted.size(); ++e) {
      const BlockOrigin origin = report.evicted[e];
      EXPECT_EQ(stream.slot[stream.begin(origin.request) + origin.block], evicted[e]);
    }
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* policy : {"lru", "fifo", "arc", "s3fifo", "lfu", "sieve", "gdsf", "wtinylfu",
                             "lirs", "tinylfu+lru"}) {
    for (const std::uint32_t batch : {1U, 8U}) all.push_back({policy, batch});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Serve, SimulatorAgainstReality, testing::ValuesIn(cases()),
                         [](const auto& tested) {
                           std::string name = tested.param.policy;
                           std::replace(name.begin(), name.end(), '+', '_');
                           return name + "_batch" + std::to_string(tested.param.batch);
                         });

TEST(ServeTest, EveryKvTypeReusesWhatItStored) {
  const Transformer model(tiny(), 3);
  for (const KvType type : {KvType::kFloat16, KvType::kBfloat16, KvType::kInt8}) {
    ServeOptions options = options_for("lru", 200, 2);
    options.kv_type = type;
    const ServeReport report = serve(model, chats(4, 4), nullptr, options);
    EXPECT_TRUE(report.verification->holds())
        << name_of(type) << ' ' << report.verification->worst_difference;
  }
}

TEST(ServeTest, SampledTextsDependOnTheSeedAlone) {
  const Transformer model(tiny(), 3);
  ServeOptions options = options_for("lru", 200, 1);
  options.sampling.temperature = 1;
  options.sampling.top_k = 50;
  const Workload workload = prompts(12, 3);
  const auto outputs = [&](std::uint32_t batch, std::uint64_t seed) {
    options.batch = options.client.sessions = batch;
    options.seed = seed;
    const ServeReport report = serve(model, workload, nullptr, options);
    std::map<std::uint64_t, std::vector<Token>> by_id;
    for (const ServedRequest& r : report.with) by_id[r.id] = r.output;
    return by_id;
  };
  const auto first = outputs(1, 1);
  EXPECT_EQ(first, outputs(4, 1));
  EXPECT_NE(first, outputs(1, 2));
}

// Every step takes half a second by this stopwatch, so that all times follow by hand.
TEST(ServeTest, ClocksRunWhileTheServerWorks) {
  const Transformer model(tiny(), 3);
  Workload workload;
  workload.name = "two";
  workload.has_tokens = workload.has_times = true;
  for (const TimeNs at : {TimeNs{0}, TimeNs{250'000'000}, TimeNs{60'000'000'000}}) {
    WorkloadSession session;
    session.name = std::to_string(at);
    session.turns.push_back({"", {1, 2, 3}, 3, at});
    workload.sessions.push_back(session);
  }
  ServeOptions options = options_for("lru", 8, 1);
  options.client.by_arrival = true;
  const ServeReport report = serve(model, workload, nullptr, options);
  ASSERT_EQ(report.with.size(), 3U);
  EXPECT_DOUBLE_EQ(report.with[0].ttft_s(), 0.5);
  EXPECT_DOUBLE_EQ(report.with[0].end_s, 1.5);
  EXPECT_DOUBLE_EQ(report.with[1].queueing_s(), 1.25) << "the batch is one";
  EXPECT_DOUBLE_EQ(report.with[1].ttft_s(), 1.75);
  EXPECT_DOUBLE_EQ(*report.with[1].tpot_s(), 0.5);
  EXPECT_DOUBLE_EQ(report.with[2].start_s, 60) << "the clock goes on to the arrival";
  EXPECT_DOUBLE_EQ(report.makespan_with_s, 61.5);
  workload.sessions.erase(workload.sessions.begin(), workload.sessions.begin() + 2);
  EXPECT_DOUBLE_EQ(serve(model, workload, nullptr, options).makespan_with_s, 1.5)
      << "from the first arrival";
  EXPECT_EQ(report.run.speedup.at(0).kind, "measured");
  EXPECT_DOUBLE_EQ(*report.run.speedup.at(0).prefill, 1) << "all prefills take half a second";
}

TEST(ServeTest, RefusesOrCutsWhatTheModelDoesNotHold) {
  const Transformer model(tiny(), 3);
  Workload workload;
  workload.name = "excess";
  workload.has_tokens = true;
  const std::vector<std::vector<Token>> asked{
      {1, 2, 3}, std::vector<Token>(599, 7), {4, 5, 999, 6}, {999}, {8, 9}};
  for (const auto& tokens : asked) {
    WorkloadSession session;
    session.name = std::to_string(workload.sessions.size());
    session.turns.push_back({"", tokens, 4, {}});
    workload.sessions.push_back(session);
  }
  ServeOptions options = options_for("lru", 20, 1);
  ServeReport report = serve(model, workload, nullptr, options);
  EXPECT_EQ(report.with.size(), 2U);
  EXPECT_EQ(report.excess.context, 1U);
  EXPECT_EQ(report.excess.vocabulary, 2U);
  options.client.on_excess = OnExcess::kCut;
  report = serve(model, workload, nullptr, options);
  EXPECT_EQ(report.with.size(), 4U);
  EXPECT_EQ(report.with[1].prompt.size(), 596U);
  EXPECT_EQ(report.with[2].prompt.size(), 2U);
  EXPECT_EQ(report.excess.context, 1U);
  workload.sessions.resize(4);
  workload.sessions.erase(workload.sessions.begin(), workload.sessions.begin() + 3);
  EXPECT_THROW(serve(model, workload, nullptr, options), InputError) << "nothing is left";
}

TEST(ServeTest, PerRequestTableHasALineARequest) {
  const Transformer model(tiny(), 3);
  Workload workload = chats(2, 3);
  const ServeReport report = serve(model, workload, nullptr, options_for("lru", 50, 1));
  const std::string csv = per_request_csv(report, workload);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 7);
  const auto commas =
      std::count(csv.begin(), csv.begin() + static_cast<std::ptrdiff_t>(csv.find('\n')), ',');
  EXPECT_EQ(std::count(csv.begin(), csv.end(), ','), 7 * commas);
  workload.sessions[0].name = "a, \"b\"";
  EXPECT_NE(per_request_csv(report, workload).find(",\"a, \"\"b\"\"\",1,"), std::string::npos);
}

}  // namespace
}  // namespace kvsim::torch_models
