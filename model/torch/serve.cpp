#include "model/torch/serve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "sim/core/error.hpp"
#include "sim/engine/replay.hpp"
#include "sim/metrics/measure.hpp"
#include "sim/metrics/modelled_speedup.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim::torch_models {

namespace {

// A server and who asks it.
struct Side {
  Server server;
  Client client;
  std::vector<ServedRequest> served;

  Side(const Transformer& model, const Server::Config& config, const Workload& workload,
       const Tokenizer* tokenizer, const ServeOptions& options)
      : server(model, config, options.stopwatch), client(workload, tokenizer, options.client) {
    client.begin(server);
  }

  bool step() {
    const bool worked = server.step();
    for (ServedRequest& done : server.take_finished()) {
      client.answered(server, done);
      served.push_back(std::move(done));
    }
    return worked;
  }
};

// Tokens that a request may have, at most.
std::uint64_t longest_sequence(const Workload& workload, const ServeOptions& options) {
  if (!workload.has_tokens) return options.client.context;
  std::uint64_t longest = 1;
  for (const WorkloadSession& session : workload.sessions) {
    for (const WorkloadTurn& turn : session.turns) {
      longest = std::max<std::uint64_t>(
          longest, turn.tokens.size() + turn.output_tokens.value_or(options.client.most_output));
    }
  }
  return std::min<std::uint64_t>(longest, options.client.context);
}

Server::Config server_config(const Workload& workload, const ServeOptions& options,
                             bool with_cache) {
  const std::uint64_t turns = std::max<std::uint64_t>(workload.turns(), 1);
  const std::uint64_t longest =
      (longest_sequence(workload, options) + options.block_size - 1) / options.block_size;
  const std::uint64_t reserve = std::min<std::uint64_t>(options.batch, turns) * (longest + 1);
  if (reserve >= kNoBlock) {
    throw InputError(fmt::format(
        "a batch of {} requests of up to {} blocks each is more than a KV pool can have; "
        "take a smaller batch or --context, or larger blocks",
        options.batch, longest));
  }
  Server::Config config;
  config.cache.policy = options.policy;
  config.cache.capacity = with_cache ? options.capacity : 0;
  config.cache.reserve = static_cast<std::uint32_t>(reserve);
  config.cache.most_blocks =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(turns * longest, kNoSlot));
  config.cache.block_size = options.block_size;
  config.cache.keys = options.keys;
  config.cache.seed = options.seed;
  config.kv_type = options.kv_type;
  config.batch = options.batch;
  config.sampling = options.sampling;
  config.seed = options.seed;
  config.keeps_logits = options.verifies;
  return config;
}

// The first passes of a process take longer: memory is new, threads start.
void warm_up(const Transformer& model) {
  const KvShape shape = model.kv_shape(16, KvType::kFloat32);
  std::vector<Token> tokens(std::min<std::size_t>(512, model.config().context - 1));
  KvPool pool(shape, tokens.size() / shape.block_size + 1, model.device());
  std::vector<BlockId> table(pool.blocks());
  for (BlockId b = 0; b < table.size(); ++b) table[b] = b;
  const Chunk prompt{tokens, 0, table};
  for (int i = 0; i < 2; ++i) {
    model.forward({&prompt, 1}, pool);
    const Chunk next{std::span<const Token>(tokens).first(1), tokens.size(), table};
    model.forward({&next, 1}, pool);
  }
}

Trace recording_of(const std::vector<ServedRequest>& served, const PrefixCache& cache,
                   const Client& client, const Workload& workload) {
  const std::vector<CacheEvent>& events = cache.events();
  std::vector<std::vector<std::size_t>> of_request(served.size());
  for (std::size_t e = 0; e < events.size(); ++e) of_request[events[e].request].push_back(e);
  TraceBuilder builder(TraceBuilder::Kind::kTokens);
  std::map<std::uint32_t, std::uint32_t> last_of_session;
  for (std::uint32_t r = 0; r < served.size(); ++r) {
    const ServedRequest& request = served[r];
    const AskedTurn asked = client.turn_of(request.id);
    RequestRow row;
    row.arrival = static_cast<TimeNs>(std::llround(request.arrival_s * 1e9));
    row.session = workload.sessions[asked.session].name;
    row.turn = asked.turn + 1;
    const auto before = last_of_session.find(asked.session);
    if (before != last_of_session.end()) row.parent = before->second;
    last_of_session[asked.session] = r;
    builder.begin_request(row);
    builder.add_tokens(request.prompt, request.output);
    for (const std::size_t e : of_request[r]) {
      builder.add_event(e, events[e].kind, events[e].first, events[e].count);
    }
  }
  return builder.finish(workload.name, "tokens");
}

bool is_same_request(const ServedRequest& with, const std::optional<ServedRequest>& without) {
  return without && with.prompt == without->prompt;
}

Verification verify(const std::vector<ServedRequest>& with,
                    const std::vector<std::optional<ServedRequest>>& without, double tolerance) {
  Verification result;
  for (std::size_t i = 0; i < with.size(); ++i) {
    ++result.requests;
    result.reused += with[i].cached_tokens > 0 ? 1U : 0U;
    if (!is_same_request(with[i], without[i])) {
      ++result.other_tokens;
      continue;
    }
    result.other_tokens += with[i].output != without[i]->output ? 1U : 0U;
    double most = 0, difference = 0;
    for (std::size_t v = 0; v < with[i].first_logits.size(); ++v) {
      const double a = with[i].first_logits[v], b = without[i]->first_logits[v];
      most = std::max(most, std::abs(b));
      difference = std::max(difference, std::abs(a - b));
      // A NaN agrees with nothing.
      if (std::isnan(a) || std::isnan(b)) difference = INFINITY;
    }
    const double relative = difference / std::max(most, 1e-30);
    result.worst_difference = std::max(result.worst_difference, relative);
    result.beyond_tolerance += relative > tolerance ? 1U : 0U;
  }
  return result;
}

std::optional<double> factor(double without, double with) {
  if (with <= 0) return std::nullopt;
  return without / with;
}

SpeedupResult measured_speedup(const ServeReport& report, const Ratios& ratios,
                               const ServeOptions& options, const Transformer& model) {
  SpeedupResult speedup;
  speedup.kind = "measured";
  if (ratios.token_hit && *ratios.token_hit < 1) {
    speedup.prefill_bound = 1 / (1 - *ratios.token_hit);
  }
  // Only of requests that were the same on both sides.
  std::vector<const ServedRequest*> with, without;
  for (std::size_t i = 0; i < report.with.size(); ++i) {
    if (!is_same_request(report.with[i], report.without[i])) continue;
    with.push_back(&report.with[i]);
    without.push_back(&*report.without[i]);
  }
  const auto sum = [](const std::vector<const ServedRequest*>& served, auto&& seconds) {
    return std::accumulate(served.begin(), served.end(), 0.0,
                           [&](double total, const auto* s) { return total + seconds(*s); });
  };
  const auto all = [](const std::vector<const ServedRequest*>& served, auto&& seconds) {
    std::vector<double> times;
    for (const auto* s : served) times.push_back(seconds(*s));
    return time_statistics(std::move(times));
  };
  const auto prefill = [](const ServedRequest& s) { return s.prefill_s(); };
  const auto ttft = [](const ServedRequest& s) { return s.ttft_s(); };
  const auto whole = [](const ServedRequest& s) { return s.end_s - s.arrival_s; };
  speedup.prefill = factor(sum(without, prefill), sum(with, prefill));
  speedup.end_to_end = factor(sum(without, whole), sum(with, whole));
  if (with.size() == report.with.size()) {
    speedup.throughput = factor(report.makespan_without_s, report.makespan_with_s);
  }
  speedup.ttft_with = all(with, ttft);
  speedup.ttft_without = all(without, ttft);
  const auto say = [&](const char* name, ParamValue value) {
    speedup.assumptions.emplace_back(name, std::move(value));
  };
  say("model", model.config().name);
  say("device", model.device().str());
  say("kv_type", std::string(name_of(options.kv_type)));
  say("batch", std::int64_t{options.batch});
  say("clock",
      std::string(
          "wall clock of the server's steps; with and without cache in turns, step by step, "
          "each on a clock of its own"));
  say("prefill", std::string("from a request's start to its first token, look-up and insertion "
                             "included"));
  say("ttft", std::string("from arrival, queueing included"));
  say("end_to_end", std::string("sum of the requests' times from arrival to the last token"));
  say("throughput", std::string("whole workload, from the first arrival to the last token"));
  if (with.size() < report.with.size()) {
    say("requests",
        fmt::format("{} of {}: the others had other prompts without the cache, behind other tokens "
                    "of the model's",
                    with.size(), report.with.size()));
  }
  return speedup;
}

bool agrees(const RequestOutcome& a, const RequestOutcome& b) {
  return a.hit_blocks == b.hit_blocks && a.hit_tokens == b.hit_tokens &&
         a.insertions == b.insertions && a.evictions == b.evictions && a.rejected == b.rejected;
}

}  // namespace

ServeReport serve(const Transformer& model, const Workload& workload, const Tokenizer* tokenizer,
                  const ServeOptions& options, const ServeProgress& progress) {
  if (options.verifies && !options.has_baseline) {
    throw InputError(
        "--verify compares with the run without the cache, which --no-baseline leaves out");
  }
  if (!options.stopwatch) warm_up(model);
  Side with(model, server_config(workload, options, true), workload, tokenizer, options);
  std::optional<Side> without;
  if (options.has_baseline) {
    without.emplace(model, server_config(workload, options, false), workload, tokenizer, options);
  }
  const std::uint64_t sides = without ? 2 : 1;
  std::uint64_t kv_blocks_peak = 0;
  double kv_blocks_sum = 0;
  std::size_t ended = 0;
  bool begins = true;
  for (bool works = true; works; begins = !begins) {
    // Each side goes first every other time.
    works = !begins && without && without->step();
    works |= with.step();
    for (; ended < with.served.size(); ++ended) {
      kv_blocks_peak = std::max(kv_blocks_peak, with.server.cache().occupied());
      kv_blocks_sum += static_cast<double>(with.server.cache().occupied());
    }
    works |= begins && without && without->step();
    if (progress) {
      progress(with.client.settled() + (without ? without->client.settled() : 0),
               with.client.turns() * sides, without ? "with and without the cache" : "requests");
    }
  }
  if (with.served.empty()) {
    throw InputError(fmt::format(
        "workload '{}': no request could be served ({} beyond the context of {} tokens, {} beyond "
        "the vocabulary of {})",
        workload.name, with.client.excess().context, options.client.context,
        with.client.excess().vocabulary, options.client.vocab));
  }

  ServeReport report;
  const auto by_number = [](const ServedRequest& a, const ServedRequest& b) {
    return a.number < b.number;
  };
  // Before the first arrival the clock only waits, on both sides.
  const auto makespan = [](const Side& side) {
    const auto first =
        std::min_element(side.served.begin(), side.served.end(),
                         [](const auto& a, const auto& b) { return a.arrival_s < b.arrival_s; });
    return first == side.served.end() ? 0 : side.server.now() - first->arrival_s;
  };
  report.makespan_with_s = makespan(with);
  report.with = std::move(with.served);
  std::sort(report.with.begin(), report.with.end(), by_number);
  for (const ServedRequest& r : report.with) report.turns.push_back(with.client.turn_of(r.id));
  if (without) {
    report.makespan_without_s = makespan(*without);
    std::map<std::uint64_t, ServedRequest> by_id;
    for (ServedRequest& r : without->served) by_id[r.id] = std::move(r);
    for (const ServedRequest& r : report.with) {
      const auto same = by_id.find(r.id);
      report.without.push_back(same == by_id.end() ? std::nullopt
                                                   : std::optional(std::move(same->second)));
    }
  }
  const PrefixCache& cache = with.server.cache();
  report.excess = with.client.excess();
  report.evicted = cache.evictions();
  report.reserve_peak = cache.reserve_peak();
  report.pool_bytes = with.server.pool().bytes();
  report.recording = recording_of(report.with, cache, with.client, workload);
  if (options.verifies) {
    report.verification = verify(report.with, report.without, options.tolerance);
  }

  const AccessStream stream = make_stream(report.recording, options.block_size, Lookup::kFullBlocks,
                                          TouchOrder::kHeadFirst);
  std::vector<RequestOutcome> replayed;
  std::vector<Slot> evicted;
  ReplayJob job;
  job.stream = &stream;
  job.reuse = Reuse::kPrefix;
  job.capacity = options.capacity;
  job.seed = options.seed;
  job.per_request = &replayed;
  job.evicted = &evicted;
  // As a replay holds it: the run itself makes room for as many blocks as there might have been.
  std::uint64_t metadata_bytes = 0;
  if (options.capacity > 0) {
    metadata_bytes = replay(job, options.policy).metadata_bytes;
    report.replay_agrees = evicted.size() == report.evicted.size();
    for (std::size_t r = 0; r < report.with.size() && report.replay_agrees; ++r) {
      report.replay_agrees = agrees(replayed[r], report.with[r].outcome);
    }
    for (std::size_t e = 0; e < evicted.size() && report.replay_agrees; ++e) {
      const BlockOrigin origin = report.evicted[e];
      report.replay_agrees = stream.slot[stream.begin(origin.request) + origin.block] == evicted[e];
    }
  }

  const auto block_bytes = static_cast<std::uint32_t>(with.server.pool().shape().block_bytes());
  const LoadOfRequests load(stream, block_bytes, false);
  ReplayCounts counts;
  std::vector<RequestOutcome> outcomes;
  for (std::size_t r = 0; r < report.with.size(); ++r) {
    const RequestOutcome& outcome = report.with[r].outcome;
    outcomes.push_back(outcome);
    const RequestLoad asked = load[r];
    ++counts.requests;
    counts.accesses += asked.accesses;
    counts.hits += outcome.hit_blocks;
    counts.request_hits += outcome.hit_blocks > 0 ? 1U : 0U;
    counts.tokens += asked.tokens;
    counts.hit_tokens += outcome.hit_tokens;
    counts.bytes += asked.bytes;
    counts.hit_bytes += load.hit_bytes(outcome);
  }
  counts.cache = cache.counts();

  RunResult& run = report.run;
  run.trace = workload.name;
  run.policy = label_of(options.policy);
  run.policy_config = resolved_params(options.policy);
  run.reuse = name_of(Reuse::kPrefix);
  run.organisation = "flat";
  run.block_size = options.block_size;
  run.capacity = {options.capacity, options.capacity * block_bytes,
                  stream.distinct == 0 ? std::optional<double>{}
                                       : static_cast<double>(options.capacity) / stream.distinct};
  run.hash = HashResult{label_of(options.keys.hash), options.keys.bits, options.keys.seed,
                        label_of(options.keys.chain)};
  run.warmup.share = 0;
  run.seed = options.seed;
  run.touch_order = name_of(TouchOrder::kHeadFirst);
  run.lookup = name_of(Lookup::kFullBlocks);
  run.counts = counts_of(counts, load);
  run.ratios = ratios_of(run.counts, counts.request_hits);
  run.memory.kv_bytes_peak = static_cast<double>(kv_blocks_peak * block_bytes);
  run.memory.kv_bytes_mean = kv_blocks_sum / static_cast<double>(report.with.size()) * block_bytes;
  run.memory.metadata_bytes = metadata_bytes;
  run.memory.metadata_bytes_per_block =
      static_cast<double>(metadata_bytes) /
      static_cast<double>(std::max<std::uint64_t>(stream.distinct, 1));
  if (without) {
    run.speedup.push_back(measured_speedup(report, run.ratios, options, model));
  }
  if (options.cost) {
    const auto modelled =
        modelled_speedup(request_costs(stream, options.cost), stream, outcomes, 0);
    if (modelled) run.speedup.push_back(*modelled);
  }
  run.replay.seconds = report.makespan_with_s;
  run.replay.accesses_per_second =
      report.makespan_with_s > 0 ? static_cast<double>(counts.accesses) / report.makespan_with_s
                                 : 0;
  run.replay.peak_rss_bytes = peak_rss_bytes();
  return report;
}

std::string per_request_csv(const ServeReport& report, const Workload& workload) {
  std::string text =
      "request,session,turn,arrival_s,queueing_s,prefill_s,ttft_s,tpot_s,end_s,input_tokens,"
      "cached_tokens,new_tokens,output_tokens,evictions,uncached_queueing_s,uncached_prefill_s,"
      "uncached_ttft_s,uncached_tpot_s,uncached_end_s\n";
  const auto csv_cell = [](const std::string& name) {
    if (name.find_first_of(",\"\r\n") == std::string::npos) return name;
    std::string quoted = "\"";
    for (const char c : name) quoted += c == '"' ? std::string(2, c) : std::string(1, c);
    return quoted + '"';
  };
  const auto cell = [](std::optional<double> seconds) {
    return seconds ? fmt::format("{:.6f}", *seconds) : std::string{};
  };
  for (std::size_t r = 0; r < report.with.size(); ++r) {
    const ServedRequest& a = report.with[r];
    const AskedTurn turn = report.turns[r];
    text += fmt::format("{},{},{},{:.6f},{:.6f},{:.6f},{:.6f},{},{:.6f},{},{},{},{},{}", r,
                        csv_cell(workload.sessions[turn.session].name), turn.turn + 1, a.arrival_s,
                        a.queueing_s(), a.prefill_s(), a.ttft_s(), cell(a.tpot_s()), a.end_s,
                        a.prompt.size(), a.cached_tokens, a.prompt.size() - a.cached_tokens,
                        a.output.size(), a.outcome.evictions);
    if (report.without.empty() || !report.without[r]) {
      text += ",,,,,\n";
      continue;
    }
    const ServedRequest& b = *report.without[r];
    text += fmt::format(",{:.6f},{:.6f},{:.6f},{},{:.6f}\n", b.queueing_s(), b.prefill_s(),
                        b.ttft_s(), cell(b.tpot_s()), b.end_s);
  }
  return text;
}

}  // namespace kvsim::torch_models
