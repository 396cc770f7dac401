#include "model/torch/loaded_model.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <tuple>

#include "model/fetch/fetch.hpp"
#include "sim/core/error.hpp"

namespace kvsim::torch_models {

namespace {

/// A model of seeded random weights: for whatever needs no sense in its texts.
struct RandomModel {
  static constexpr std::string_view kName = "random";
  static constexpr std::string_view kDoc =
      "Seeded random weights of any shape, of the Llama family or as GPT-2; a text's bytes are its "
      "tokens.";

  struct Config {
    std::uint32_t layers = 4;
    std::uint32_t hidden = 128;
    std::uint32_t heads = 4;
    std::uint32_t kv_heads = 2;
    std::uint32_t ffn = 256;
    std::uint32_t vocab = 512;
    std::uint32_t context = 4096;
    bool tied = true;
    bool gpt2 = false;
    std::uint64_t seed = 1;

    static auto fields() {
      return std::tuple{
          field("layers", &Config::layers, 1, 1024, "layers"),
          field("hidden", &Config::hidden, 2, 1 << 20, "width; a multiple of heads"),
          field("heads", &Config::heads, 1, 4096, "query heads"),
          field("kv_heads", &Config::kv_heads, 1, 4096, "heads of keys and values; divides heads"),
          field("ffn", &Config::ffn, 1, 1 << 20, "width inside the feed-forward part"),
          field("vocab", &Config::vocab, 2, 1 << 24, "token ids"),
          field("context", &Config::context, 2, 1 << 24, "longest sequence, in tokens"),
          field("tied", &Config::tied, "logits by the embedding"),
          field("gpt2", &Config::gpt2,
                "GPT-2's architecture (kv_heads are then the heads) and not the Llama family's"),
          field("seed", &Config::seed, 0, 1e18, "of the weights")};
    }
  };
};

ModelConfig random_config(const RandomModel::Config& c) {
  ModelConfig config;
  config.architecture = c.gpt2 ? Architecture::kGpt2 : Architecture::kLlama;
  config.name = fmt::format("random-{}x{}", c.layers, c.hidden);
  config.layers = c.layers;
  config.hidden = c.hidden;
  config.heads = c.heads;
  config.kv_heads = c.gpt2 ? c.heads : c.kv_heads;
  config.head_dim = c.hidden / c.heads;
  config.ffn = c.ffn;
  config.vocab = c.vocab;
  config.context = c.context;
  config.tied_embeddings = c.tied;
  config.qkv_bias = config.attention_output_bias = config.ffn_bias = c.gpt2;
  if (c.hidden % c.heads != 0 || (!c.gpt2 && config.head_dim % 2 != 0)) {
    throw InputError(fmt::format(
        "model 'random': hidden is {} with {} heads (allowed: a multiple of the heads, of an even "
        "width each)",
        c.hidden, c.heads));
  }
  if (config.heads % config.kv_heads != 0) {
    throw InputError(fmt::format("model 'random': kv_heads is {} (allowed: a divisor of heads, {})",
                                 config.kv_heads, config.heads));
  }
  return config;
}

}  // namespace

ComponentInfo random_model_info() {
  return {std::string(RandomModel::kName), std::string(RandomModel::kDoc),
          describe<RandomModel::Config>()};
}

LoadedModel load_model(std::string_view spec, const TransformerOptions& options) {
  LoadedModel loaded;
  if (spec == RandomModel::kName || spec.starts_with("random:")) {
    const ComponentSpec parsed = parse_component("model", spec);
    const auto config = parse_config<RandomModel::Config>(parsed.params, "model 'random'");
    loaded.name = spec;
    loaded.transformer = std::make_unique<Transformer>(random_config(config), config.seed, options);
    return loaded;
  }
  const std::filesystem::path path = model_path(spec);
  const Model model = open_model(path);
  loaded.name = model.config.name;
  loaded.transformer = std::make_unique<Transformer>(model, options);
  loaded.tokenizer = Tokenizer::open(path);
  if (loaded.tokenizer->size() > model.config.vocab) {
    throw InputError(fmt::format("{}: the tokenizer has {} ids, the model's embedding {} rows",
                                 path.string(), loaded.tokenizer->size(), model.config.vocab));
  }
  return loaded;
}

}  // namespace kvsim::torch_models
