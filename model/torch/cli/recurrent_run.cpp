#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <variant>

#include "model/torch/cli/commands.hpp"
#include "model/torch/cli/model_options.hpp"
#include "model/torch/cli/recurrent_options.hpp"
#include "model/torch/libtorch.hpp"
#include "model/torch/recurrent/checkpoint.hpp"
#include "model/torch/recurrent/embedding_cache.hpp"
#include "model/torch/recurrent/serve.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/text.hpp"
#include "sim/core/error.hpp"
#include "sim/core/placed.hpp"
#include "sim/core/share.hpp"
#include "sim/hash/hasher.hpp"
#include "traces/writer/write_trace.hpp"

namespace kvsim::cli {
namespace {

using torch_models::Checkpoint;
using torch_models::EmbeddingCacheConfig;
using torch_models::EmbeddingRun;
using torch_models::EmbeddingStore;
using torch_models::RecurrentModel;
using torch_models::RecurrentServeConfig;
using torch_models::RecurrentServing;
using torch_models::SharedHeads;

constexpr std::uint64_t kMost = 1 << 24;
constexpr double kTolerance = 1e-3;

// What is drawn from: the part of the text that the model was tested on, if it was trained on it.
std::vector<Token> held_out(const Checkpoint& checkpoint, const TextFile& file) {
  std::vector<Token> tokens = checkpoint.vocabulary.encode(file.text);
  if (sha256_of(file.text) != checkpoint.text_sha256) return tokens;
  for (const auto& [name, value] : checkpoint.config) {
    if (name != "test" || !std::holds_alternative<double>(value)) continue;
    const std::size_t test = share_of(tokens.size(), std::get<double>(value));
    tokens.erase(tokens.begin(), tokens.end() - static_cast<std::ptrdiff_t>(test));
  }
  return tokens;
}

std::string text_of(const RunResult& states, const RecurrentServing& serving,
                    const std::optional<RunResult>& embeddings) {
  const SpeedupResult& s = states.speedup.front();
  constexpr double kMilli = 1e3;
  std::string text = fmt::format("{}: {} requests, {} states of {} bytes, {}\n",
                                 styled(states.trace, Style::kBold), states.counts.requests,
                                 *states.capacity.blocks, serving.state_bytes, states.policy);
  Table table({{"", false}, {"without"}, {"with"}, {"speedup"}});
  const auto row = [&](const char* name, double without, double with) {
    table.add({name, fmt::format("{:.3f} ms", kMilli * without),
               fmt::format("{:.3f} ms", kMilli * with), fmt::format("{:.2f}", without / with)});
  };
  row("first token, mean", s.ttft_without->mean, s.ttft_with->mean);
  row("first token, p50", s.ttft_without->p50, s.ttft_with->p50);
  row("first token, p99", s.ttft_without->p99, s.ttft_with->p99);
  text += table.text();
  text += fmt::format(
      "measured: prefill {:.2f} times as fast, with the output {:.2f}; block_hit {:.4f}, token_hit "
      "{:.4f}, {} evictions\nthe same tokens with and without the cache: {}; scores differ by at "
      "most {:.2g}\n",
      *s.prefill, *s.end_to_end, states.ratios.block_hit.value_or(0),
      states.ratios.token_hit.value_or(0), grouped_digits(states.counts.evictions),
      serving.is_equal() ? "yes" : "NO", serving.largest_difference());
  if (!embeddings) return text;
  const SpeedupResult& e = embeddings->speedup.front();
  const auto seconds = [&](std::string_view name) {
    for (const auto& [key, value] : e.assumptions) {
      if (key == name) return std::get<double>(value);
    }
    return 0.0;
  };
  text += fmt::format(
      "\n{}: {} look-ups, {} rows, {}, {}\nblock_hit {:.4f}, {} false hits; {:.3f} s without the "
      "cache, {:.3f} s with it: measured {:.2f} times as fast\n",
      styled(embeddings->trace, Style::kBold), grouped_digits(embeddings->counts.accesses),
      *embeddings->capacity.blocks, embeddings->policy, embeddings->table.name,
      embeddings->ratios.block_hit.value_or(0), grouped_digits(embeddings->collisions->false_hits),
      seconds("seconds_without"), seconds("seconds_with"), *e.throughput);
  return text;
}

}  // namespace

bool names_recurrent_model(Arguments arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    constexpr std::string_view kJoined = "--model=";
    std::string path;
    if (arguments[i] == "--model" && i + 1 < arguments.size()) path = arguments[i + 1];
    if (arguments[i].starts_with(kJoined)) path = arguments[i].substr(kJoined.size());
    if (path.empty() || !std::filesystem::is_regular_file(path)) continue;
    try {
      return torch_models::is_recurrent_checkpoint(path);
    } catch (const InputError&) {
      return false;  // whoever opens it says why
    }
  }
  return false;
}

void recurrent_run_command(Arguments arguments) {
  Command command(
      "kvsim model run",
      "Serves prompts with a recurrent language model: with a cache of its hidden states at block "
      "boundaries, and without, each request both ways. Prompts share their heads: stretches of "
      "the text, with another stretch behind them. A text that the model was trained on gives its "
      "test part.");
  std::string model_path;
  std::string workload;
  std::optional<std::string> requests, heads, head_tokens, tail_tokens, most_output, policy,
      capacity, block_size, hash, hash_seed, hash_bits, tolerance, rows, table, load, seed, trace,
      embedding_trace, output;
  DeviceOptions device;
  command.section("The model");
  command.required_option("--model", "CHECKPOINT", model_path,
                          "What `kvsim model train` wrote: its best epoch.");
  device.declare(command);
  command.section("The prompts");
  command.required_option("--workload", "TEXT", workload, "A text file.");
  command.option("--requests", "N", requests, "Default: 200.");
  command.option("--heads", "N", heads, "Different heads. Default: 8.");
  command.option("--head-tokens", "N", head_tokens, "Default: 256.");
  command.option("--tail-tokens", "N", tail_tokens, "Default: 32.");
  command.option("--max-output", "N", most_output,
                 "Tokens generated a request, each the likeliest. Default: 16.");
  command.option("--seed", "N", seed, "Of the prompts and the policy. Default: 1.");
  command.section("The cache of states");
  command.option("--policy", "NAME", policy, "Default: lru.");
  command.option("--capacity", "CAPACITY", capacity,
                 "States, one a block: such as 1000, 64ktok or 16MiB. Default: 1000.");
  command.option("--block-size", "N", block_size, "Tokens. Default: 16.");
  command.option("--hash", "NAME", hash, "Of blocks, and of words. Default: xxh3_128.");
  command.option("--hash-seed", "N", hash_seed, "Of a seeded hash function. Default: 0.");
  command.section("The cache of embeddings");
  command.option("--embedding-cache", "ROWS", rows,
                 "Look the whole text's tokens up, too: rows of the checkpoint's embedding, read "
                 "from the file, behind a cache of so many.");
  command.option("--table", "NAME", table, "That finds them. Default: linear_probing.");
  command.option("--load", "LOAD", load, "Rows over the table's places. Default: 0.8.");
  command.option("--hash-bits", "N", hash_bits, "Of a word's key. Default: all.");
  command.section("Output");
  command.option("--tolerance", "X", tolerance,
                 "Of the first token's scores with and without the cache, which are always "
                 "compared, as all tokens are: largest difference over largest magnitude. Beyond "
                 "it, exit with 1. Default: 1e-3.");
  command.option("--record", "FILE", trace,
                 "Write the requests and what the cache was asked, as a tokens trace: replayed, it "
                 "hits and evicts alike.");
  command.option("--embedding-trace", "FILE", embedding_trace,
                 "Write the embedding look-ups as an object trace.");
  command.option("-o,--output", "FILE", output,
                 "Write results as JSON; -: to standard output, instead of the text.");
  command.example("kvsim model run --model bible.safetensors --workload bible.txt --capacity 4MiB",
                  "What is a cache of states worth?");
  command.example(
      "kvsim model run --model bible.safetensors --workload bible.txt --embedding-cache 500",
      "And one of word vectors?");
  if (!command.parse(arguments)) return;

  const auto count = [](const char* option, const std::optional<std::string>& text,
                        std::uint64_t otherwise, std::uint64_t least = 1) {
    return text ? to_count(option, *text, least, kMost) : otherwise;
  };
  SharedHeads shape;
  shape.requests = count("--requests", requests, shape.requests);
  shape.heads = count("--heads", heads, shape.heads);
  shape.head_tokens = count("--head-tokens", head_tokens, shape.head_tokens);
  shape.tail_tokens = count("--tail-tokens", tail_tokens, shape.tail_tokens);
  shape.seed = count("--seed", seed, shape.seed, 0);
  RecurrentServeConfig config;
  config.policy = placed("--policy", [&] { return parse_policy(policy.value_or("lru")); });
  config.block_size =
      static_cast<std::uint32_t>(count("--block-size", block_size, config.block_size));
  config.output_tokens =
      static_cast<std::uint32_t>(count("--max-output", most_output, config.output_tokens));
  config.seed = shape.seed;
  KeySpec keys;
  keys.hash = ComponentSpec{"xxh3_128", {}};
  if (hash_seed) keys.seed = to_count("--hash-seed", *hash_seed, 0, INT64_MAX);
  if (hash) keys.hash = placed("--hash", [&] { return parse_hash(*hash); });
  config.keys = checked(keys);
  std::optional<EmbeddingCacheConfig> embedding;
  if (rows) {
    embedding.emplace();
    embedding->policy = config.policy;
    embedding->capacity = count("--embedding-cache", rows, 0);
    if (hash_bits) keys.bits = static_cast<unsigned>(to_count("--hash-bits", *hash_bits, 1, 256));
    embedding->keys = placed("--hash-bits", [&] { return checked(keys); });
    if (table) embedding->table = placed("--table", [&] { return parse_table(*table); });
    if (load) embedding->load = to_amount("--load", *load);
    embedding->seed = shape.seed;
  }
  for (const auto& [option, is_given] : {std::pair{"--table", table.has_value()},
                                         {"--load", load.has_value()},
                                         {"--hash-bits", hash_bits.has_value()},
                                         {"--embedding-trace", embedding_trace.has_value()}}) {
    if (is_given && !embedding) {
      throw InputError(fmt::format("{}: only together with --embedding-cache", option));
    }
  }
  for (const auto* file : {&output, &trace, &embedding_trace}) {
    if (*file && **file != "-") check_output(**file, {model_path, workload});
  }

  const Checkpoint checkpoint = torch_models::read_checkpoint(model_path);
  const RecurrentModel model = checkpoint.model("best.", device.apply());
  config.capacity = placed("--capacity", [&] {
    return blocks_of(capacity.value_or("1000"), config.block_size, model.shape().state_bytes());
  });
  if (config.capacity == 0) {
    throw InputError(
        "--capacity: 0 states; every request runs without the cache, too, allowed is 1 or more");
  }
  const TextFile text = read_texts({workload}).front();
  const std::vector<Token> source = held_out(checkpoint, text);
  const auto prompts = placed(workload, [&] { return prompts_of(source, shape); });
  const std::string name = name_of({text});

  nlohmann::ordered_json json = {
      {"command", "model run"},
      {"model", model_path},
      {"workload", {{"path", workload}, {"sha256", sha256_of(text.text)}}},
      {"requests", shape.requests},
      {"heads", shape.heads},
      {"head_tokens", shape.head_tokens},
      {"tail_tokens", shape.tail_tokens},
      {"max_output", config.output_tokens},
      {"policy", label_of(config.policy)},
      {"capacity", config.capacity},
      {"block_size", config.block_size},
      {"seed", shape.seed},
      {"device", model.device().str()},
      {"libtorch", torch_models::libtorch_version()}};
  if (embedding) {
    json["embedding_cache"] = embedding->capacity;
    json["embedding_hash_bits"] = embedding->keys.bits;
    json["table"] = label_of(embedding->table);
    json["load"] = embedding->load;
  }
  Results results = study_results(json.dump(), nullptr, "", shape.seed);
  ProgressBar bar;
  const auto show = [&bar](const char* what) {
    return [report = shown_on(bar, "served"), what](std::size_t done, std::size_t total) {
      report(done, total, what);
    };
  };
  const RecurrentServing serving = serve_recurrent(model, prompts, config, show("requests"));
  results.runs.push_back(result_of(serving, config, model.shape(), name));
  if (trace) write_trace(serving.trace, *trace, "tokens");

  std::optional<RunResult> embedded;
  if (embedding) {
    const EmbeddingStore store(model_path, "best.embedding.weight");
    const std::vector<Token> tokens = checkpoint.vocabulary.encode(text.text);
    const EmbeddingRun run =
        run_embedding_cache(store, *embedding, tokens, 1024, show("embeddings"));
    if (!run.is_equal) throw InputError("the embedding cache gave other rows than the file");
    embedded = result_of(run, *embedding, store, tokens, name + " embeddings");
    results.runs.push_back(*embedded);
    if (embedding_trace) {
      write_trace(torch_models::object_trace(tokens), *embedding_trace, "ids");
    }
  }
  bar.clear();
  show_study(results, text_of(results.runs.front(), serving, embedded), output);
  if (!serving.replay_agrees) {
    throw InputError("a replay of the recording differs from the run: this is a fault of kvsim's");
  }
  const double allowed = tolerance ? to_amount("--tolerance", *tolerance) : kTolerance;
  if (!serving.is_equal() || serving.largest_difference() > allowed) {
    throw InputError(
        fmt::format("with the cache, {} requests have other tokens; scores differ by {:.2g} at "
                    "most, allowed is "
                    "{:.2g}",
                    std::count_if(serving.requests.begin(), serving.requests.end(),
                                  [](const auto& r) { return !r.is_equal; }),
                    serving.largest_difference(), allowed));
  }
}

}  // namespace kvsim::cli
