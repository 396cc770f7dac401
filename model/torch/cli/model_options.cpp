#include "model/torch/cli/model_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/capacity.hpp"
#include "model/torch/libtorch.hpp"
#include "sim/cli/text.hpp"
#include "sim/core/error.hpp"
#include "sim/core/placed.hpp"

namespace kvsim::cli {

using namespace torch_models;  // NOLINT(google-build-using-namespace): what its options are of

namespace {

std::uint32_t count_or(std::string_view option, const std::optional<std::string>& text,
                       std::uint32_t otherwise, std::uint32_t min, std::uint32_t max) {
  return text ? static_cast<std::uint32_t>(to_count(option, *text, min, max)) : otherwise;
}

}  // namespace

std::uint64_t blocks_of(const std::string& text, std::uint32_t block_size,
                        std::uint64_t block_bytes) {
  if (text == "0") return 0;
  const CapacitySpec spec = parse_capacity(text);
  __extension__ using Wide = unsigned __int128;
  const auto value = static_cast<std::uint64_t>(Wide{spec.digits} * spec.multiplier / spec.divisor);
  std::uint64_t blocks = value;
  switch (spec.unit) {
    case CapacitySpec::Unit::kBlocks:
      break;
    case CapacitySpec::Unit::kTokens:
      blocks = value / block_size;
      break;
    case CapacitySpec::Unit::kBytes:
      blocks = value / block_bytes;
      break;
    case CapacitySpec::Unit::kShare:
      throw InputError(fmt::format(
          "'{}' is a share of the distinct blocks, which a real run cannot know before it ends "
          "(allowed: blocks, tokens as in 64ktok, bytes as in 1GiB; 0 for no cache)",
          text));
  }
  if (blocks == 0) {
    throw InputError(
        fmt::format("'{}' holds no block of {} tokens, {} bytes", text, block_size, block_bytes));
  }
  return blocks;
}

void ModelOptions::declare(Command& command) {
  command.section("Model");
  command.required_option("--model", "MODEL", model,
                          "smollm2 (see `kvsim model fetch`), a .gguf file, a Hugging Face folder, "
                          "or random:layers=4,hidden=128,vocab=512 for seeded random weights.");
  command.option("--device", "cpu|cuda", device, "Where it computes (default: cpu).");
  command.option("--dtype", "TYPE", dtype,
                 "Of weights and activations: float32, float16, bfloat16 (default: float32 on the "
                 "CPU, bfloat16 on CUDA).");
  command.option("--threads", "N", threads, "LibTorch's own threads (default: LibTorch's choice).");
}

TransformerOptions ModelOptions::transformer_options() const {
  TransformerOptions options;
  if (threads) use_threads(static_cast<unsigned>(to_count("--threads", *threads, 1, 1024)));
  options.device = placed("--device", [&] { return parse_device(device.value_or("cpu")); });
  options.type = options.device.is_cpu() ? at::kFloat : at::kBFloat16;
  if (dtype) options.type = placed("--dtype", [&] { return parse_scalar_type(*dtype); });
  return options;
}

LoadedModel ModelOptions::load() const { return load_model(model, transformer_options()); }

void ServeCommandOptions::declare(Command& command) {
  model.declare(command);
  command.section("Workload");
  command.required_option(
      "--workload", "WORKLOAD", workload,
      "A file (chats, prompts or token ids; see docs/real-models.md) or one made up, such as "
      "chat:sessions=8,turns=12.");
  command.option("--limit", "N", limit, "Only the workload's first N sessions.");
  command.option("--batch", "N", batch, "Requests served at a time, at most (default: 1).");
  command.option("--sessions", "N", sessions,
                 "Closed loop: sessions that are active at a time (default: the batch).");
  command.flag("--by-arrival", by_arrival,
               "Open loop: requests come no sooner than recorded, and wait for their session's "
               "last answer.");
  command.option("--time-scale", "X", time_scale,
                 "Multiplies recorded arrival times (default: 1).");
  command.option("--max-output", "N", most_output,
                 "Tokens to generate, where the workload does not say (default: 64).");
  command.flag("--ignore-eos", ignores_eos, "Generate them all, past an end of text.");
  command.option("--context", "N", context,
                 "Longest sequence, output included (default: the model's).");
  command.option("--on-excess", "refuse|cut", on_excess,
                 "What becomes of prompts beyond context or vocabulary (default: refuse). Both are "
                 "counted.");
  command.section("Cache");
  command.option("--policy", "POLICY", policy, "Eviction policy, any but oracles (default: lru).");
  command.option("--capacity", "SIZE", capacity,
                 "Cached blocks (1000), tokens (64ktok) or bytes (1GiB) (default: 4096 blocks).");
  command.option("--block-size", "N", block_size, "Tokens a block (default: 16).");
  command.option("--kv-type", "TYPE", kv_type,
                 "Elements of keys and values: float32, float16, bfloat16, int8 (default: float32 "
                 "on the CPU, bfloat16 on CUDA).");
  command.option("--hash", "HASH", hash, "Of the blocks' keys (default: xxh3_128).");
  command.option("--hash-seed", "N", hash_seed, "Of a seeded hash function (default: 0).");
  command.option("--chain", "CHAIN", chain, "How keys are chained (default: kvsim).");
  command.section("Sampling");
  command.option("--temperature", "X", temperature, "0: the likeliest token (default).");
  command.option("--top-k", "N", top_k, "Of the N likeliest only.");
  command.option("--top-p", "P", top_p, "Of the likeliest that have probability P together.");
  command.option("--seed", "N", seed, "Of sampling and policy (default: 1).");
  std::vector<std::pair<std::string, std::string>> words;
  for (const ComponentInfo& info : list_workload_generators()) {
    std::string doc = info.doc;
    for (const FieldInfo& field : info.fields) {
      doc += fmt::format(" {}={}: {}.", field.name, to_text(field.default_value), field.doc);
    }
    words.emplace_back(info.name, std::move(doc));
  }
  command.glossary("Workloads that are made up", std::move(words));
}

Workload ServeCommandOptions::open() const {
  Workload opened = placed("--workload", [&] { return open_workload(workload); });
  if (limit) {
    const std::uint64_t most = to_count("--limit", *limit, 1, UINT32_MAX);
    opened.sessions.resize(std::min<std::uint64_t>(most, opened.sessions.size()));
  }
  return opened;
}

ServeOptions ServeCommandOptions::serve_options(const Transformer& transformer) const {
  ServeOptions options;
  const ModelConfig& config = transformer.config();
  options.batch = count_or("--batch", batch, 1, 1, 4096);
  options.block_size = count_or("--block-size", block_size, 16, 1, 1 << 20);
  options.kv_type = transformer.device().is_cpu() ? KvType::kFloat32 : KvType::kBfloat16;
  if (kv_type) options.kv_type = placed("--kv-type", [&] { return parse_kv_type(*kv_type); });
  options.policy = placed("--policy", [&] { return parse_policy(policy.value_or("lru")); });
  if (needs_future(options.policy)) {
    throw InputError(fmt::format(
        "--policy: '{}' must know all accesses beforehand, which a real run cannot tell; replay a "
        "recording of the run with it instead (`kvsim trace record`, `kvsim sim`)",
        label_of(options.policy)));
  }
  const std::uint64_t block_bytes =
      transformer.kv_shape(options.block_size, options.kv_type).block_bytes();
  options.capacity = placed("--capacity", [&] {
    return blocks_of(capacity.value_or("4096"), options.block_size, block_bytes);
  });
  KeySpec keys;
  keys.hash = placed("--hash", [&] { return parse_hash(hash.value_or("xxh3_128")); });
  if (hash_seed) keys.seed = to_count("--hash-seed", *hash_seed, 0, INT64_MAX);
  if (chain) {
    keys.chain = placed("--chain", [&] { return parse_chain(*chain); });
    if (keys.chain.name != kOwnChain && !hash) keys.hash = KeySpec{}.hash;
  }
  options.keys = checked(keys);
  options.seed = seed ? to_count("--seed", *seed, 0, INT64_MAX) : 1;
  if (temperature) options.sampling.temperature = to_amount("--temperature", *temperature, true);
  options.sampling.top_k = count_or("--top-k", top_k, 0, 1, 1 << 30);
  if (top_p) options.sampling.top_p = to_amount("--top-p", *top_p);
  ClientOptions& client = options.client;
  client.sessions = count_or("--sessions", sessions, options.batch, 1, 1 << 20);
  client.by_arrival = by_arrival;
  if (time_scale) client.time_scale = to_amount("--time-scale", *time_scale, true);
  client.most_output = count_or("--max-output", most_output, 64, 1, 1 << 20);
  client.stops_at_eos = !ignores_eos;
  client.context = count_or("--context", context, config.context, 2, config.context);
  client.vocab = config.vocab;
  if (on_excess) {
    if (*on_excess != "refuse" && *on_excess != "cut") {
      throw InputError(
          fmt::format("--on-excess: '{}' is unknown (allowed: refuse, cut)", *on_excess));
    }
    client.on_excess = *on_excess == "cut" ? OnExcess::kCut : OnExcess::kRefuse;
  }
  return options;
}

std::string served_text(const ServeReport& report) {
  const RunResult& run = report.run;
  std::string text;
  const auto line = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<22} {}\n", name, value);
  };
  const auto percent = [](const std::optional<double>& ratio) {
    return ratio ? fmt::format("{:.2f} %", *ratio * 100) : std::string("-");
  };
  const auto milliseconds = [](const TimeStatistics& t) {
    return fmt::format("{:.1f} / {:.1f} / {:.1f} ms", t.mean * 1e3, t.p50 * 1e3, t.p99 * 1e3);
  };
  line("requests", grouped_digits(run.counts.requests));
  std::uint64_t output = 0;
  for (const ServedRequest& r : report.with) output += r.output.size();
  line("tokens", fmt::format("{} in, {} out", grouped_digits(run.counts.tokens.value_or(0)),
                             grouped_digits(output)));
  line("cache",
       fmt::format(
           "{}, {} blocks of {} tokens, {}", run.policy,
           grouped_digits(run.capacity.blocks.value_or(0)), run.block_size.value_or(0),
           fmt::format("{:.1f} MB", static_cast<double>(run.capacity.bytes.value_or(0)) / 1e6)));
  line("hits",
       fmt::format("block_hit {}, token_hit {}, request_hit {}", percent(run.ratios.block_hit),
                   percent(run.ratios.token_hit), percent(run.ratios.request_hit)));
  line("evictions",
       fmt::format("{} of {} insertions, {} declined", grouped_digits(run.counts.evictions),
                   grouped_digits(run.counts.insertions), grouped_digits(run.counts.rejected)));
  line("reserve", fmt::format("{} blocks at most beyond the capacity; pool {:.1f} MB",
                              report.reserve_peak, static_cast<double>(report.pool_bytes) / 1e6));
  if (report.excess.context + report.excess.vocabulary + report.excess.unasked > 0) {
    line(
        "beyond the model",
        fmt::format("{} prompts beyond the context, {} beyond the vocabulary, {} turns behind them",
                    report.excess.context, report.excess.vocabulary, report.excess.unasked));
  }
  if (run.capacity.blocks.value_or(0) > 0) {
    line("replay",
         report.replay_agrees
             ? "a replay of the recording gives the same hits and evictions, block by block"
             : "A REPLAY OF THE RECORDING DIFFERS FROM THE RUN");
  }
  for (const SpeedupResult& s : run.speedup) {
    const auto factor = [](const std::optional<double>& f) {
      return f ? fmt::format("{:.2f}", *f) : std::string("-");
    };
    text += fmt::format("\nspeedup, {}\n", s.kind);
    line("  bound 1/(1-h)", factor(s.prefill_bound));
    line("  prefill", factor(s.prefill));
    line("  end to end", factor(s.end_to_end));
    if (s.throughput) line("  throughput", factor(s.throughput));
    if (s.ttft_with && s.ttft_without) {
      line("  first token, with", milliseconds(*s.ttft_with) + "   (mean / p50 / p99)");
      line("  first token, without", milliseconds(*s.ttft_without));
    }
  }
  if (report.verification) {
    const Verification& v = *report.verification;
    text += '\n';
    line("verified",
         fmt::format("{} requests, {} with reuse: {} beyond the tolerance (largest difference of "
                     "logits {:.1e}), {} with other tokens",
                     v.requests, v.reused, v.beyond_tolerance, v.worst_difference, v.other_tokens));
  }
  return text;
}

}  // namespace kvsim::cli
