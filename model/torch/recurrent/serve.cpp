#include "model/torch/recurrent/serve.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"
#include "sim/metrics/measure.hpp"
#include "sim/metrics/modelled_speedup.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim::torch_models {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// The states of the cache's blocks, in one tensor each: [blocks, layers, hidden].
class StatePool {
 public:
  StatePool(const RecurrentModel& model, std::uint64_t blocks) {
    const RecurrentShape& shape = model.shape();
    const auto make = [&] {
      return at::empty({static_cast<std::int64_t>(blocks), shape.layers, shape.hidden},
                       at::TensorOptions(model.device()).dtype(at::kFloat));
    };
    h_ = make();
    if (shape.cell == Cell::kLstm) c_ = make();
  }

  void store(BlockId block, const RecurrentState& state) {
    h_[block].copy_(state.h.squeeze(1));
    if (c_.defined()) c_[block].copy_(state.c.squeeze(1));
  }
  RecurrentState load(BlockId block) const {
    return {h_[block].unsqueeze(1).clone(),
            c_.defined() ? c_[block].unsqueeze(1).clone() : at::Tensor()};
  }

 private:
  at::Tensor h_, c_;
};

// One prompt on its way through the model.
class Answer {
 public:
  explicit Answer(const RecurrentModel& model, std::span<const Token> prompt)
      : model_(model), tokens_(prompt.begin(), prompt.end()) {}

  /// The prompt as one call.
  void prefill() {
    state_ = model_.initial_state(1);
    read(0, tokens_.size());
    choose();
  }

  /// From the last cached state on, storing one at each block's end.
  void prefill(PrefixCache& cache, PrefixCache::Sequence& sequence, StatePool& pool) {
    const std::size_t block_size = cache.block_size();
    std::size_t at = sequence.cached_tokens();
    state_ = at == 0 ? model_.initial_state(1) : pool.load(sequence.table()[at / block_size - 1]);
    while (at < tokens_.size()) {
      const std::size_t end = std::min(tokens_.size(), (at / block_size + 1) * block_size);
      read(at, end);
      at = end;
      if (at % block_size == 0) pool.store(sequence.table()[at / block_size - 1], state_);
    }
    cache.computed(sequence, tokens_);
    choose();
  }

  /// Takes the token that was chosen, and chooses the next.
  void step() {
    tokens_.push_back(next_);
    read(tokens_.size() - 1, tokens_.size());
    choose();
  }
  void step(PrefixCache& cache, PrefixCache::Sequence& sequence, StatePool& pool) {
    tokens_.push_back(next_);
    cache.extend(sequence, tokens_.size());
    read(tokens_.size() - 1, tokens_.size());
    if (tokens_.size() % cache.block_size() == 0) {
      pool.store(sequence.table()[tokens_.size() / cache.block_size() - 1], state_);
      cache.computed(sequence, tokens_);
    }
    choose();
  }

  /// With the token that was chosen last, whose state nobody needs.
  std::vector<Token> all_tokens() const {
    std::vector<Token> tokens = tokens_;
    tokens.push_back(next_);
    return tokens;
  }
  const at::Tensor& scores() const { return scores_; }

 private:
  void read(std::size_t begin, std::size_t end) {
    const at::Tensor ids =
        token_tensor(std::span(tokens_).subspan(begin, end - begin), model_.device()).unsqueeze(1);
    output_ = model_.outputs(model_.embed(ids), state_)[-1];
  }
  void choose() {
    scores_ = model_.scores(output_);
    next_ = static_cast<Token>(scores_.argmax().item<std::int64_t>());
  }

  const RecurrentModel& model_;
  std::vector<Token> tokens_;
  RecurrentState state_;
  at::Tensor output_, scores_;
  Token next_ = 0;
};

// LibTorch and its BLAS set themselves up on first use.
void warm_up(const RecurrentModel& model, std::span<const Token> prompt) {
  for (int i = 0; i < 2; ++i) {
    Answer answer(model, prompt);
    answer.prefill();
    answer.step();
  }
}

Trace trace_of(std::span<const std::vector<Token>> prompts, const RecurrentServing& serving,
               const std::vector<CacheEvent>& events) {
  TraceBuilder builder(TraceBuilder::Kind::kTokens);
  std::vector<std::vector<std::size_t>> events_of(prompts.size());
  for (std::size_t e = 0; e < events.size(); ++e) events_of[events[e].request].push_back(e);
  double clock = 0;  // each arrives when the one before is answered
  for (std::size_t r = 0; r < prompts.size(); ++r) {
    const RecurrentRequest& request = serving.requests[r];
    constexpr double kNano = 1e9;
    RequestRow row;
    row.arrival = static_cast<TimeNs>(clock * kNano);
    builder.begin_request(row);
    clock += request.ttft_with + request.decode_with;
    builder.add_tokens(prompts[r], request.output);
    for (const std::size_t e : events_of[r]) {
      builder.add_event(e, events[e].kind, events[e].first, events[e].count);
    }
  }
  return builder.finish("recurrent", "tokens");
}

// What the simulator makes of the recording.
bool agrees(RecurrentServing& serving, const RecurrentServeConfig& config,
            const AccessStream& stream, const std::vector<BlockOrigin>& evicted) {
  std::vector<RequestOutcome> replayed;
  std::vector<Slot> replay_evicted;
  ReplayJob job;
  job.stream = &stream;
  job.reuse = Reuse::kPrefix;
  job.capacity = config.capacity;
  job.seed = config.seed;
  job.per_request = &replayed;
  job.evicted = &replay_evicted;
  // As a replay holds it: the run itself makes room for as many blocks as there might have been.
  serving.metadata_bytes = replay(job, config.policy).metadata_bytes;
  for (std::size_t r = 0; r < replayed.size(); ++r) {
    const RequestOutcome& real = serving.requests[r].cache;
    if (replayed[r].hit_blocks != real.hit_blocks || replayed[r].insertions != real.insertions ||
        replayed[r].evictions != real.evictions || replayed[r].rejected != real.rejected) {
      return false;
    }
  }
  return std::equal(evicted.begin(), evicted.end(), replay_evicted.begin(), replay_evicted.end(),
                    [&](const BlockOrigin& origin, Slot slot) {
                      return stream.slot[stream.begin(origin.request) + origin.block] == slot;
                    });
}

}  // namespace

bool RecurrentServing::is_equal() const {
  return std::all_of(requests.begin(), requests.end(),
                     [](const RecurrentRequest& r) { return r.is_equal; });
}

double RecurrentServing::largest_difference() const {
  double most = 0;
  for (const RecurrentRequest& r : requests) most = std::max(most, r.largest_difference);
  return most;
}

RecurrentServing serve_recurrent(const RecurrentModel& model,
                                 std::span<const std::vector<Token>> prompts,
                                 const RecurrentServeConfig& config,
                                 const std::function<void(std::size_t, std::size_t)>& on_progress) {
  const at::NoGradGuard no_gradients;
  std::uint64_t blocks = 0;
  std::uint64_t longest = 0;
  for (const std::vector<Token>& prompt : prompts) {
    const std::uint64_t own = (prompt.size() + config.output_tokens) / config.block_size + 1;
    blocks += own;
    longest = std::max(longest, own);
  }
  PrefixCache::Config cache_config;
  cache_config.policy = config.policy;
  cache_config.capacity = config.capacity;
  cache_config.reserve = static_cast<std::uint32_t>(longest);
  cache_config.block_size = config.block_size;
  cache_config.most_blocks = static_cast<std::uint32_t>(blocks);
  cache_config.keys = config.keys;
  cache_config.seed = config.seed;
  PrefixCache cache(cache_config);
  StatePool pool(model, cache.pool_blocks());

  if (!prompts.empty()) warm_up(model, prompts.front());
  RecurrentServing serving;
  double occupied_sum = 0;
  serving.state_bytes = model.shape().state_bytes();
  for (std::size_t r = 0; r < prompts.size(); ++r) {
    RecurrentRequest request;
    request.prompt_tokens = static_cast<std::uint32_t>(prompts[r].size());
    std::optional<Answer> with;
    std::optional<Answer> without;
    at::Tensor first_with;
    at::Tensor first_without;
    const auto serve_with = [&] {
      with.emplace(model, prompts[r]);
      const auto start = Clock::now();
      auto sequence = cache.begin(static_cast<std::uint32_t>(r), prompts[r]);
      with->prefill(cache, sequence, pool);
      const auto first = Clock::now();
      first_with = with->scores();
      for (std::uint32_t t = 1; t < config.output_tokens; ++t) with->step(cache, sequence, pool);
      cache.release(sequence, with->all_tokens());
      request.cache = sequence.outcome();
      request.ttft_with = seconds_between(start, first);
      request.decode_with = seconds_between(first, Clock::now());
    };
    const auto serve_without = [&] {
      without.emplace(model, prompts[r]);
      const auto start = Clock::now();
      without->prefill();
      const auto first = Clock::now();
      first_without = without->scores();
      for (std::uint32_t t = 1; t < config.output_tokens; ++t) without->step();
      request.ttft_without = seconds_between(start, first);
      request.decode_without = seconds_between(first, Clock::now());
    };
    if (r % 2 == 0) {
      serve_with();
      serve_without();
    } else {
      serve_without();
      serve_with();
    }
    const std::vector<Token> tokens = with->all_tokens();
    request.output.assign(tokens.begin() + static_cast<std::ptrdiff_t>(prompts[r].size()),
                          tokens.end());
    request.is_equal = tokens == without->all_tokens();
    request.largest_difference = (first_with - first_without).abs().max().item<double>() /
                                 first_without.abs().max().item<double>();
    serving.requests.push_back(std::move(request));
    serving.occupied_peak = std::max(serving.occupied_peak, cache.occupied());
    occupied_sum += static_cast<double>(cache.occupied());
    if (on_progress) on_progress(r + 1, prompts.size());
  }
  serving.counts = cache.counts();
  if (!prompts.empty()) serving.occupied_mean = occupied_sum / static_cast<double>(prompts.size());
  serving.trace = trace_of(prompts, serving, cache.events());
  const AccessStream stream =
      make_stream(serving.trace, config.block_size, Lookup::kFullBlocks, TouchOrder::kHeadFirst);
  serving.distinct = stream.distinct;
  serving.replay_agrees = agrees(serving, config, stream, cache.evictions());
  return serving;
}

std::vector<std::vector<Token>> prompts_of(std::span<const Token> text, const SharedHeads& shape) {
  const std::uint64_t longer = std::max(shape.head_tokens, shape.tail_tokens);
  if (text.size() < longer) {
    throw InputError(fmt::format("the text has {} tokens, fewer than a prompt's stretch of {}",
                                 text.size(), longer));
  }
  Rng rng(shape.seed);
  const auto stretch = [&](std::uint64_t tokens) {
    return text.subspan(rng.below(text.size() - tokens + 1), tokens);
  };
  std::vector<std::span<const Token>> heads;
  for (std::uint64_t h = 0; h < shape.heads; ++h) heads.push_back(stretch(shape.head_tokens));
  std::vector<std::vector<Token>> prompts;
  for (std::uint64_t r = 0; r < shape.requests; ++r) {
    const auto head = heads[rng.below(heads.size())];
    const auto tail = stretch(shape.tail_tokens);
    std::vector<Token> prompt(head.begin(), head.end());
    prompt.insert(prompt.end(), tail.begin(), tail.end());
    prompts.push_back(std::move(prompt));
  }
  return prompts;
}

RunResult result_of(const RecurrentServing& serving, const RecurrentServeConfig& config,
                    const RecurrentShape& shape, const std::string& workload) {
  RunResult run;
  run.trace = workload;
  run.policy = label_of(config.policy);
  run.policy_config = resolved_params(config.policy);
  run.reuse = name_of(Reuse::kPrefix);
  run.organisation = "flat";
  run.block_size = config.block_size;
  run.capacity.blocks = config.capacity;
  run.capacity.bytes = config.capacity * serving.state_bytes;
  if (serving.distinct > 0) {
    run.capacity.share =
        static_cast<double>(config.capacity) / static_cast<double>(serving.distinct);
  }
  run.hash = HashResult{label_of(config.keys.hash), config.keys.bits, config.keys.seed,
                        label_of(config.keys.chain)};
  run.warmup.share = 0;
  run.seed = config.seed;
  run.touch_order = name_of(TouchOrder::kHeadFirst);
  run.lookup = name_of(Lookup::kFullBlocks);

  Counts& counts = run.counts;
  counts.requests = serving.requests.size();
  counts.tokens = counts.hit_tokens = 0;
  std::uint64_t request_hits = 0;
  double with = 0;
  double without = 0;
  double all_with = 0;
  double all_without = 0;
  std::vector<double> ttft_with;
  std::vector<double> ttft_without;
  for (const RecurrentRequest& r : serving.requests) {
    counts.accesses += (r.prompt_tokens - 1) / config.block_size;
    counts.hits += r.cache.hit_blocks;
    *counts.tokens += r.prompt_tokens;
    *counts.hit_tokens += r.cache.hit_tokens;
    request_hits += r.cache.hit_blocks > 0;
    with += r.ttft_with;
    without += r.ttft_without;
    all_with += r.ttft_with + r.decode_with;
    all_without += r.ttft_without + r.decode_without;
    ttft_with.push_back(r.ttft_with);
    ttft_without.push_back(r.ttft_without);
  }
  counts.misses = counts.accesses - counts.hits;
  counts.insertions = serving.counts.insertions;
  counts.evictions = serving.counts.evictions;
  counts.rejected = serving.counts.rejected;
  const auto ratio = [](std::uint64_t part, std::uint64_t whole) -> std::optional<double> {
    if (whole == 0) return std::nullopt;
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  run.ratios.block_hit = ratio(counts.hits, counts.accesses);
  run.ratios.token_hit = ratio(*counts.hit_tokens, *counts.tokens);
  run.ratios.request_hit = ratio(request_hits, counts.requests);
  run.memory.kv_bytes_peak = static_cast<double>(serving.occupied_peak * serving.state_bytes);
  run.memory.kv_bytes_mean = serving.occupied_mean * static_cast<double>(serving.state_bytes);
  run.memory.metadata_bytes = serving.metadata_bytes;
  if (serving.distinct > 0) {
    run.memory.metadata_bytes_per_block =
        static_cast<double>(serving.metadata_bytes) / static_cast<double>(serving.distinct);
  }
  if (serving.requests.empty()) return run;
  SpeedupResult speedup;
  speedup.kind = "measured";
  if (run.ratios.token_hit) speedup.prefill_bound = 1 / (1 - *run.ratios.token_hit);
  speedup.prefill = without / with;
  speedup.end_to_end = all_without / all_with;
  speedup.throughput = all_without / all_with;
  speedup.ttft_with = time_statistics(std::move(ttft_with));
  speedup.ttft_without = time_statistics(std::move(ttft_without));
  speedup.assumptions = {
      {"model", std::string(name_of(shape.cell))},
      {"layers", shape.layers},
      {"hidden", shape.hidden},
      {"vocabulary", shape.vocabulary},
      {"cached", std::string("hidden state at block boundaries")},
      {"batch", std::int64_t{1}},
      {"output_tokens", std::int64_t{config.output_tokens}},
      {"order", std::string("each request with and without the cache, in turn first")},
      {"same_tokens", serving.is_equal()},
      {"largest_relative_score_difference", serving.largest_difference()}};
  run.speedup.push_back(std::move(speedup));
  run.replay.seconds = all_with;
  run.replay.peak_rss_bytes = peak_rss_bytes();
  if (all_with > 0)
    run.replay.accesses_per_second = static_cast<double>(counts.accesses) / all_with;
  return run;
}

}  // namespace kvsim::torch_models
