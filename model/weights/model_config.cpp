#include "model/weights/model_config.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>

#include "model/weights/json_file.hpp"
#include "sim/core/error.hpp"

namespace kvsim {

namespace {

struct Named {
  Architecture architecture;
  std::string_view name;  ///< in GGUF's general.architecture and config.json's model_type alike
};
constexpr auto kArchitectures = std::to_array<Named>({{Architecture::kLlama, "llama"},
                                                      {Architecture::kQwen2, "qwen2"},
                                                      {Architecture::kGpt2, "gpt2"}});

/// Far above any model's; below what products of two of them overflow at.
constexpr std::uint64_t kLargest = 1U << 30U;
constexpr std::uint32_t kLargestHead = 1U << 16U;

std::string architecture_list() {
  std::string text;
  for (const Named& named : kArchitectures) {
    if (!text.empty()) text += ", ";
    text += named.name;
  }
  return text;
}

std::optional<Architecture> find_architecture(std::string_view name) {
  for (const Named& named : kArchitectures) {
    if (named.name == name) return named.architecture;
  }
  return std::nullopt;
}

bool is_gpt2(const ModelConfig& config) { return config.architecture == Architecture::kGpt2; }

/// What no source may get wrong, wherever it was read from.
void check(const ModelConfig& config, const std::string& file) {
  const auto refuse = [&](const std::string& what) {
    throw InputError(fmt::format("{}: the model {}", file, what));
  };
  const auto positive = [&](std::uint32_t value, std::string_view what) {
    if (value == 0) refuse(fmt::format("has {} 0", what));
  };
  positive(config.layers, "a number of layers of");
  positive(config.hidden, "a hidden size of");
  positive(config.heads, "a number of heads of");
  positive(config.kv_heads, "a number of KV heads of");
  if (config.head_dim == 0 || config.head_dim > kLargestHead) {
    refuse(fmt::format("has heads of {} dimensions (allowed: 1 to {})", config.head_dim,
                       kLargestHead));
  }
  positive(config.ffn, "a feed-forward size of");
  positive(config.vocab, "a vocabulary of");
  positive(config.context, "a context length of");
  if (config.heads % config.kv_heads != 0) {
    refuse(
        fmt::format("has {} heads, no multiple of its {} KV heads", config.heads, config.kv_heads));
  }
  if (!is_gpt2(config) && config.head_dim % 2 != 0) {
    refuse(fmt::format("has heads of {} dimensions, which do not pair for rotary positions",
                       config.head_dim));
  }
  if (!(config.norm_epsilon > 0) || !(config.norm_epsilon < 1)) {
    refuse(fmt::format("has a norm epsilon of {} (allowed: between 0 and 1)", config.norm_epsilon));
  }
}

void check_rope(const ModelConfig& config, const std::string& file) {
  if (!(config.rope_theta >= 1) || !std::isfinite(config.rope_theta)) {
    throw InputError(fmt::format("{}: the model has a rotary base of {} (allowed: 1 and above)",
                                 file, config.rope_theta));
  }
  for (const float factor : config.rope_factors) {
    if (!(factor > 0) || !std::isfinite(factor)) {
      throw InputError(
          fmt::format("{}: the model has a rotary factor of {} (allowed: above 0)", file, factor));
    }
  }
}

/// A GGUF file's metadata under the prefix of its architecture.
class GgufKeys {
 public:
  GgufKeys(const GgufMetadata& metadata, std::string_view architecture)
      : metadata_(metadata), prefix_(fmt::format("{}.", architecture)) {}

  std::uint32_t size(std::string_view key) const {
    const auto found = optional_size(key);
    if (!found) fail(key, "is not there");
    return *found;
  }
  std::optional<std::uint32_t> optional_size(std::string_view key) const {
    const auto found = metadata_.integer(full(key));
    if (!found) return std::nullopt;
    if (*found > kLargest) fail(key, fmt::format("is {} (allowed: at most {})", *found, kLargest));
    return static_cast<std::uint32_t>(*found);
  }
  std::optional<double> number(std::string_view key) const { return metadata_.number(full(key)); }
  std::optional<std::string_view> text(std::string_view key) const {
    return metadata_.text(full(key));
  }
  [[noreturn]] void fail(std::string_view key, std::string_view what) const {
    throw InputError(fmt::format("{}: key '{}' {}", metadata_.file(), full(key), what));
  }

 private:
  std::string full(std::string_view key) const { return prefix_ + std::string(key); }

  const GgufMetadata& metadata_;
  std::string prefix_;
};

/// How a GGUF file stretches rotary positions.
std::vector<float> gguf_rope_factors(const WeightFile& weights, const GgufKeys& keys,
                                     std::uint32_t head_dim) {
  std::vector<float> factors;
  if (const TensorInfo* tensor = weights.find("rope_freqs.weight")) {
    if (tensor->elements() != head_dim / 2) {
      throw InputError(fmt::format("{}: tensor '{}' is {} (allowed: [{}])",
                                   weights.file_name(*tensor), tensor->name,
                                   shape_text(tensor->shape), head_dim / 2));
    }
    factors.resize(head_dim / 2);
    weights.read_f32(*tensor, factors);
  }
  const auto scaling = keys.text("rope.scaling.type").value_or("none");
  if (scaling == "linear") {
    const double factor = keys.number("rope.scaling.factor").value_or(1.0);
    factors.resize(head_dim / 2, 1.0F);
    for (float& each : factors) each *= static_cast<float>(factor);
  } else if (scaling != "none") {
    keys.fail("rope.scaling.type", fmt::format("is '{}' (allowed: none, linear)", scaling));
  }
  return factors;
}

/// Llama 3.1's scaling: long wavelengths are stretched by `factor`, short ones not, and those
/// between by a blend. Source: `_compute_llama3_parameters` in modeling_rope_utils.py of
/// transformers.
std::vector<float> llama3_factors(const JsonPlace& scaling, double theta, std::uint32_t head_dim) {
  const double factor = scaling.at("factor").number();
  const double low = scaling.at("low_freq_factor").number();
  const double high = scaling.at("high_freq_factor").number();
  const double context = scaling.at("original_max_position_embeddings").number();
  if (!(low > 0) || !(high > low)) {
    scaling.fail(
        fmt::format("low_freq_factor is {} and high_freq_factor {} (allowed: the first above "
                    "0, the second above it)",
                    low, high));
  }
  std::vector<float> factors;
  for (std::uint32_t i = 0; i < head_dim / 2; ++i) {
    const double frequency = std::pow(theta, -2.0 * i / head_dim);
    const double turns = context * frequency / (2 * std::numbers::pi);  // over the first context
    double scaled = frequency;
    if (turns < low) {
      scaled = frequency / factor;
    } else if (turns <= high) {
      const double blend = (turns - low) / (high - low);
      scaled = (1 - blend) * frequency / factor + blend * frequency;
    }
    factors.push_back(static_cast<float>(frequency / scaled));
  }
  return factors;
}

std::uint32_t json_size(const JsonPlace& place) {
  const std::uint64_t found = place.integer();
  if (found > kLargest) place.refuse(fmt::format("at most {}", kLargest));
  return static_cast<std::uint32_t>(found);
}

std::uint32_t json_size(const JsonPlace& root, std::string_view key, std::uint32_t absent) {
  const auto found = root.find(key);
  return found ? json_size(*found) : absent;
}

/// One id or several.
std::vector<Token> json_ids(const JsonPlace& root, std::string_view key) {
  const auto found = root.find(key);
  if (!found) return {};
  if (!found->value().is_array()) return {json_size(*found)};
  std::vector<Token> ids;
  for (std::size_t i = 0; i < found->size(); ++i) ids.push_back(json_size(found->at(i)));
  return ids;
}

void json_rope(const JsonPlace& root, ModelConfig& config) {
  // Up to version 4, transformers writes rope_theta beside rope_scaling; from 5 on, both in one.
  if (const auto theta = root.find("rope_theta")) config.rope_theta = theta->number();
  auto scaling = root.find("rope_parameters");
  if (!scaling) scaling = root.find("rope_scaling");
  if (!scaling) return;
  if (const auto theta = scaling->find("rope_theta")) config.rope_theta = theta->number();
  auto type = scaling->find("rope_type");
  if (!type) type = scaling->find("type");
  if (!type || type->text() == "default") return;
  if (type->text() == "llama3") {
    config.rope_factors = llama3_factors(*scaling, config.rope_theta, config.head_dim);
  } else if (type->text() == "linear") {
    config.rope_factors.assign(config.head_dim / 2,
                               static_cast<float>(scaling->at("factor").number()));
  } else {
    type->refuse("default, linear, llama3");
  }
}

void json_llama(const JsonPlace& root, ModelConfig& config) {
  config.hidden = json_size(root.at("hidden_size"));
  config.layers = json_size(root.at("num_hidden_layers"));
  config.heads = json_size(root.at("num_attention_heads"));
  config.kv_heads = json_size(root, "num_key_value_heads", config.heads);
  config.head_dim = json_size(root, "head_dim", config.hidden / std::max(config.heads, 1U));
  config.ffn = json_size(root.at("intermediate_size"));
  config.context = json_size(root.at("max_position_embeddings"));
  config.norm_epsilon = root.at("rms_norm_eps").number();
  if (const auto tied = root.find("tie_word_embeddings")) config.tied_embeddings = tied->boolean();
  if (const auto act = root.find("hidden_act"); act && act->text() != "silu") act->refuse("silu");
  if (const auto window = root.find("use_sliding_window"); window && window->boolean()) {
    window->refuse("false");
  }
}

void json_gpt2(const JsonPlace& root, ModelConfig& config) {
  config.hidden = json_size(root.at("n_embd"));
  config.layers = json_size(root.at("n_layer"));
  config.heads = json_size(root.at("n_head"));
  config.kv_heads = config.heads;
  config.head_dim = config.hidden / std::max(config.heads, 1U);
  config.ffn = json_size(root, "n_inner", 4 * config.hidden);
  config.context = json_size(root.at("n_positions"));
  config.norm_epsilon = root.at("layer_norm_epsilon").number();
  config.tied_embeddings = true;
  if (const auto tied = root.find("tie_word_embeddings")) config.tied_embeddings = tied->boolean();
  const auto act = root.find("activation_function");
  if (act && act->text() != "gelu_new" && act->text() != "gelu_pytorch_tanh") {
    act->refuse("gelu_new, gelu_pytorch_tanh");
  }
  for (const std::string_view key :
       {"scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "add_cross_attention"}) {
    if (const auto flag = root.find(key); flag && flag->boolean()) flag->refuse("false");
  }
}

/// Biases are there or not; where GPT-2's are missing, that is an error of its own.
void find_biases(const WeightFile& weights, std::string_view q, std::string_view output,
                 std::string_view ffn, ModelConfig& config) {
  const bool always = is_gpt2(config);
  config.qkv_bias = always || weights.find(q) != nullptr;
  config.attention_output_bias = always || weights.find(output) != nullptr;
  config.ffn_bias = always || weights.find(ffn) != nullptr;
}

}  // namespace

std::string_view architecture_name(Architecture architecture) {
  return kArchitectures[static_cast<std::size_t>(architecture)].name;
}

ModelConfig gguf_config(const WeightFile& weights) {
  const GgufMetadata& metadata = *weights.metadata();
  const auto name = metadata.text("general.architecture");
  if (!name) {
    throw InputError(fmt::format("{}: has no key 'general.architecture'", metadata.file()));
  }
  const auto architecture = find_architecture(*name);
  if (!architecture) {
    throw InputError(fmt::format("{}: key 'general.architecture' is '{}' (allowed: {})",
                                 metadata.file(), *name, architecture_list()));
  }
  const GgufKeys keys(metadata, *name);
  ModelConfig config;
  config.architecture = *architecture;
  config.name = metadata.text("general.name").value_or("");
  config.layers = keys.size("block_count");
  config.hidden = keys.size("embedding_length");
  config.heads = keys.size("attention.head_count");
  config.kv_heads = keys.optional_size("attention.head_count_kv").value_or(config.heads);
  config.ffn = keys.size("feed_forward_length");
  config.context = keys.size("context_length");
  config.head_dim = keys.optional_size("attention.key_length")
                        .value_or(config.hidden / std::max(config.heads, 1U));
  if (const auto length = keys.optional_size("attention.value_length");
      length.value_or(config.head_dim) != config.head_dim) {
    keys.fail("attention.value_length",
              fmt::format("is {} (allowed: {}, that of keys)", *length, config.head_dim));
  }
  const std::string_view epsilon =
      is_gpt2(config) ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon";
  const auto norm_epsilon = keys.number(epsilon);
  if (!norm_epsilon) keys.fail(epsilon, "is not there");
  config.norm_epsilon = *norm_epsilon;
  if (!is_gpt2(config)) {
    config.rope_theta = keys.number("rope.freq_base").value_or(config.rope_theta);
    if (const auto rotated = keys.optional_size("rope.dimension_count");
        rotated.value_or(config.head_dim) != config.head_dim) {
      keys.fail("rope.dimension_count",
                fmt::format("is {} (allowed: {}, whole heads)", *rotated, config.head_dim));
    }
  }
  if (keys.optional_size("expert_count").value_or(0) != 0) {
    keys.fail("expert_count", "is not 0: mixtures of experts are not read");
  }
  const TensorInfo* embedding = weights.find("token_embd.weight");
  if (embedding == nullptr) {
    throw InputError(fmt::format("{}: has no tensor 'token_embd.weight'", metadata.file()));
  }
  if (embedding->shape.front() > kLargest) {
    throw InputError(fmt::format("{}: tensor 'token_embd.weight' is {}", metadata.file(),
                                 shape_text(embedding->shape)));
  }
  config.vocab = static_cast<std::uint32_t>(embedding->shape.front());
  config.tied_embeddings = weights.find("output.weight") == nullptr;
  find_biases(weights, "blk.0.attn_q.bias", "blk.0.attn_output.bias", "blk.0.ffn_up.bias", config);
  for (const auto& [key, ids] : {std::pair("bos", &config.bos), std::pair("eos", &config.eos),
                                 std::pair("eot", &config.eos)}) {
    const auto id = metadata.integer(fmt::format("tokenizer.ggml.{}_token_id", key));
    if (id && *id < config.vocab && (ids->empty() || ids->front() != *id)) {
      ids->push_back(static_cast<Token>(*id));
    }
  }
  check(config, metadata.file());
  if (!is_gpt2(config)) config.rope_factors = gguf_rope_factors(weights, keys, config.head_dim);
  check_rope(config, metadata.file());
  return config;
}

ModelConfig hugging_face_config(std::string_view text, const std::string& file,
                                const WeightFile& weights) {
  const nlohmann::json json = parse_json(text, file);
  const JsonPlace root(json, file);
  const JsonPlace type = root.at("model_type");
  const auto architecture = find_architecture(type.text());
  if (!architecture) type.refuse(architecture_list());
  ModelConfig config;
  config.architecture = *architecture;
  if (const auto name = root.find("_name_or_path")) config.name = name->text();
  config.vocab = json_size(root.at("vocab_size"));
  if (is_gpt2(config)) {
    json_gpt2(root, config);
  } else {
    json_llama(root, config);
  }
  config.bos = json_ids(root, "bos_token_id");
  config.eos = json_ids(root, "eos_token_id");
  find_biases(weights, "model.layers.0.self_attn.q_proj.bias",
              "model.layers.0.self_attn.o_proj.bias", "model.layers.0.mlp.up_proj.bias", config);
  check(config, file);
  if (!is_gpt2(config)) json_rope(root, config);
  check_rope(config, file);
  return config;
}

}  // namespace kvsim
