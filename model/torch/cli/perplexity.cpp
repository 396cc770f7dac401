#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "model/torch/cli/commands.hpp"
#include "model/torch/cli/model_options.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/text.hpp"
#include "sim/core/error.hpp"
#include "sim/core/output_file.hpp"
#include "sim/core/placed.hpp"

namespace kvsim::cli {

using namespace torch_models;  // NOLINT(google-build-using-namespace): what it runs

namespace {

// What storing KV as one type does, over all predicted tokens.
struct Effect {
  KvType type = KvType::kFloat32;
  std::uint64_t bytes_per_token = 0;
  std::uint64_t tokens = 0;
  double nats = 0;        ///< of the tokens that came
  double difference = 0;  ///< of logits from float32's, summed magnitudes
  double logits = 0;      ///< how many were compared
  double largest_difference = 0;
  double magnitude = 0;           ///< largest of float32's logits
  std::uint64_t same_choice = 0;  ///< the likeliest token is float32's
};

}  // namespace

void model_perplexity_command(Arguments arguments) {
  Command command(
      "kvsim model perplexity",
      "What the element type of the KV cache does to a model: memory, perplexity, logits and "
      "choices, over the prompts of a workload. Each window is read in pieces of a block, so that "
      "every token attends to stored keys and values.");
  ModelOptions options;
  std::string workload_spec;
  std::optional<std::string> types, window, most, output;
  options.declare(command);
  command.section("Texts");
  command.required_option("--workload", "WORKLOAD", workload_spec,
                          "A file of prompts, chats or text, or one made up.");
  command.option("--window", "N", window, "Tokens that are read at once (default: 512).");
  command.option("--tokens", "N", most, "Tokens in all, at most (default: 8192).");
  command.option("--kv-type", "LIST", types,
                 "Element types (default: float32,float16,bfloat16,int8).");
  command.section("Output");
  command.option("-o,--output", "FILE", output, "Write the figures as JSON, too.");
  command.example("kvsim model perplexity --model smollm2 --workload text.txt",
                  "What int8 costs in perplexity.");
  if (!command.parse(arguments)) return;

  if (output) check_output(*output, {workload_spec});
  const Workload workload = placed("--workload", [&] { return open_workload(workload_spec); });
  std::vector<Effect> effects;
  for (const std::string& name : split_list(types.value_or("float32,float16,bfloat16,int8"))) {
    Effect effect;
    effect.type = placed("--kv-type", [&] { return parse_kv_type(name); });
    effects.push_back(effect);
  }
  const std::uint64_t budget = most ? to_count("--tokens", *most, 2, UINT32_MAX) : 8192;
  const LoadedModel model = options.load();
  const ModelConfig& config = model.transformer->config();
  const std::uint64_t width = std::min<std::uint64_t>(
      window ? to_count("--window", *window, 2, 1 << 24) : 512, config.context);
  std::vector<Token> text;
  for (const WorkloadSession& session : workload.sessions) {
    for (const WorkloadTurn& turn : session.turns) {
      if (text.size() >= budget) break;
      std::vector<Token> tokens = turn.tokens;
      if (!workload.has_tokens && model.tokenizer)
        tokens = model.tokenizer->encode(turn.text, true);
      if (!workload.has_tokens && !model.tokenizer) {
        for (const char c : turn.text) {
          tokens.push_back(static_cast<Token>(static_cast<unsigned char>(c)) % config.vocab);
        }
      }
      text.insert(text.end(), tokens.begin(), tokens.end());
    }
  }
  text.resize(std::min<std::uint64_t>(text.size(), budget));
  if (text.size() < 2) throw InputError(fmt::format("{}: fewer than two tokens", workload_spec));

  constexpr std::uint32_t kBlockSize = 16;
  const auto blocks = static_cast<BlockId>(width / kBlockSize + 1);
  std::vector<BlockId> table(blocks);
  for (BlockId b = 0; b < blocks; ++b) table[b] = b;
  const auto logits_of = [&](std::span<const Token> tokens, KvPool& pool) {
    std::vector<at::Tensor> parts;
    for (std::size_t at = 0; at < tokens.size(); at += kBlockSize) {
      const Chunk chunk{tokens.subspan(at, std::min<std::size_t>(kBlockSize, tokens.size() - at)),
                        at, table};
      parts.push_back(model.transformer->forward({&chunk, 1}, pool, true));
    }
    return at::cat(parts);
  };
  ProgressBar bar;
  const auto show = shown_on(bar, "perplexity");
  KvPool exact(model.transformer->kv_shape(kBlockSize, KvType::kFloat32), blocks,
               model.transformer->device());
  std::vector<std::unique_ptr<KvPool>> pools;
  for (Effect& effect : effects) {
    const KvShape shape = model.transformer->kv_shape(kBlockSize, effect.type);
    effect.bytes_per_token = shape.block_bytes() / kBlockSize;
    pools.push_back(std::make_unique<KvPool>(shape, blocks, model.transformer->device()));
  }
  for (std::size_t at = 0; at + 1 < text.size(); at += width) {
    const std::span<const Token> tokens =
        std::span<const Token>(text).subspan(at, std::min<std::size_t>(width, text.size() - at));
    const at::Tensor wanted = logits_of(tokens, exact);
    for (std::size_t e = 0; e < effects.size(); ++e) {
      Effect& effect = effects[e];
      const at::Tensor found =
          effect.type == KvType::kFloat32 ? wanted : logits_of(tokens, *pools[e]);
      const at::Tensor difference = (found - wanted).abs();
      effect.difference += difference.sum().item<double>();
      effect.logits += static_cast<double>(difference.numel());
      effect.largest_difference =
          std::max(effect.largest_difference, difference.max().item<double>());
      effect.magnitude = std::max(effect.magnitude, wanted.abs().max().item<double>());
      effect.same_choice += static_cast<std::uint64_t>((found.argmax(-1) == wanted.argmax(-1))
                                                           .narrow(0, 0, found.size(0) - 1)
                                                           .sum()
                                                           .item<std::int64_t>());
      const at::Tensor log_probabilities = at::log_softmax(found, -1);
      for (std::size_t t = 0; t + 1 < tokens.size(); ++t) {
        effect.nats -=
            log_probabilities[static_cast<std::int64_t>(t)][tokens[t + 1]].item<double>();
        ++effect.tokens;
      }
    }
    show(std::min(at + width, text.size()), text.size(), "tokens");
  }
  bar.clear();

  Table shown({{"kv_type", false},
               {"bytes a token"},
               {"perplexity"},
               {"mean |dlogit|"},
               {"max |dlogit|"},
               {"same choice"}});
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Effect& effect : effects) {
    const double perplexity = std::exp(effect.nats / static_cast<double>(effect.tokens));
    const double same =
        static_cast<double>(effect.same_choice) / static_cast<double>(effect.tokens);
    const double mean = effect.difference / effect.logits;
    shown.add({std::string(name_of(effect.type)), grouped_digits(effect.bytes_per_token),
               fmt::format("{:.4f}", perplexity), fmt::format("{:.2e}", mean),
               fmt::format("{:.2e}", effect.largest_difference),
               fmt::format("{:.2f} %", same * 100)});
    json.push_back({{"kv_type", name_of(effect.type)},
                    {"bytes_per_token", effect.bytes_per_token},
                    {"tokens", effect.tokens},
                    {"perplexity", perplexity},
                    {"mean_logit_difference", mean},
                    {"max_logit_difference", effect.largest_difference},
                    {"max_logit", effect.magnitude},
                    {"same_choice", same}});
  }
  if (output) {
    OutputFile file(*output);
    file.write(nlohmann::ordered_json{
                   {"model", model.name}, {"workload", workload_spec}, {"kv_types", json}}
                   .dump(1) +
               "\n");
    file.commit();
  }
  print(shown.text());
}

}  // namespace kvsim::cli
