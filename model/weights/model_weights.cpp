#include "model/weights/model_weights.hpp"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <optional>
#include <set>
#include <utility>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

enum class Size : std::uint8_t { kNone, kVocab, kContext, kHidden, kQueries, kKeys, kFfn };

std::uint64_t size_of(Size size, const ModelConfig& c) {
  switch (size) {
    case Size::kVocab:
      return c.vocab;
    case Size::kContext:
      return c.context;
    case Size::kHidden:
      return c.hidden;
    case Size::kQueries:
      return std::uint64_t{c.heads} * c.head_dim;
    case Size::kKeys:
      return std::uint64_t{c.kv_heads} * c.head_dim;
    case Size::kFfn:
      return c.ffn;
    case Size::kNone:
      break;
  }
  return 1;
}

/// When a model has a tensor.
using Condition = bool (*)(const ModelConfig&);
bool always(const ModelConfig&) { return true; }
bool is_untied(const ModelConfig& c) { return !c.tied_embeddings; }
bool has_qkv_bias(const ModelConfig& c) { return c.qkv_bias; }
bool has_output_bias(const ModelConfig& c) { return c.attention_output_bias; }
bool has_ffn_bias(const ModelConfig& c) { return c.ffn_bias; }

enum Trait : unsigned {
  kPlain = 0,
  kRotated = 1,      ///< rows of q or k
  kConv1d = 2,       ///< [inputs, outputs] in a Hugging Face file
  kFusedFirst = 4,   ///< q of a fused q, k, v
  kFusedSecond = 8,  ///< k of it
  kFusedThird = 16,  ///< v of it
  kFused = kFusedFirst | kFusedSecond | kFusedThird,
};

/// A tensor under its three names; `{}` is the layer.
struct Row {
  std::string_view name;
  std::string_view gguf;
  std::string_view hugging_face;
  Size rows;
  Size columns = Size::kNone;
  unsigned traits = kPlain;
  Condition condition = always;
};

// Names: tensor_mapping.py of llama.cpp, modeling_llama.py, modeling_qwen2.py and modeling_gpt2.py
// of transformers.
constexpr auto kLlamaOuter = std::to_array<Row>({
    {"embedding.weight", "token_embd.weight", "model.embed_tokens.weight", Size::kVocab,
     Size::kHidden},
    {"norm.weight", "output_norm.weight", "model.norm.weight", Size::kHidden},
    {"output.weight", "output.weight", "lm_head.weight", Size::kVocab, Size::kHidden, kPlain,
     is_untied},
});
constexpr auto kLlamaLayer = std::to_array<Row>({
    {"attention_norm.weight", "attn_norm.weight", "input_layernorm.weight", Size::kHidden},
    {"attention.q.weight", "attn_q.weight", "self_attn.q_proj.weight", Size::kQueries,
     Size::kHidden, kRotated},
    {"attention.q.bias", "attn_q.bias", "self_attn.q_proj.bias", Size::kQueries, Size::kNone,
     kRotated, has_qkv_bias},
    {"attention.k.weight", "attn_k.weight", "self_attn.k_proj.weight", Size::kKeys, Size::kHidden,
     kRotated},
    {"attention.k.bias", "attn_k.bias", "self_attn.k_proj.bias", Size::kKeys, Size::kNone, kRotated,
     has_qkv_bias},
    {"attention.v.weight", "attn_v.weight", "self_attn.v_proj.weight", Size::kKeys, Size::kHidden},
    {"attention.v.bias", "attn_v.bias", "self_attn.v_proj.bias", Size::kKeys, Size::kNone, kPlain,
     has_qkv_bias},
    {"attention.output.weight", "attn_output.weight", "self_attn.o_proj.weight", Size::kHidden,
     Size::kQueries},
    {"attention.output.bias", "attn_output.bias", "self_attn.o_proj.bias", Size::kHidden,
     Size::kNone, kPlain, has_output_bias},
    {"ffn_norm.weight", "ffn_norm.weight", "post_attention_layernorm.weight", Size::kHidden},
    {"ffn.gate.weight", "ffn_gate.weight", "mlp.gate_proj.weight", Size::kFfn, Size::kHidden},
    {"ffn.gate.bias", "ffn_gate.bias", "mlp.gate_proj.bias", Size::kFfn, Size::kNone, kPlain,
     has_ffn_bias},
    {"ffn.up.weight", "ffn_up.weight", "mlp.up_proj.weight", Size::kFfn, Size::kHidden},
    {"ffn.up.bias", "ffn_up.bias", "mlp.up_proj.bias", Size::kFfn, Size::kNone, kPlain,
     has_ffn_bias},
    {"ffn.down.weight", "ffn_down.weight", "mlp.down_proj.weight", Size::kHidden, Size::kFfn},
    {"ffn.down.bias", "ffn_down.bias", "mlp.down_proj.bias", Size::kHidden, Size::kNone, kPlain,
     has_ffn_bias},
});
constexpr auto kGpt2Outer = std::to_array<Row>({
    {"embedding.weight", "token_embd.weight", "wte.weight", Size::kVocab, Size::kHidden},
    {"position_embedding.weight", "position_embd.weight", "wpe.weight", Size::kContext,
     Size::kHidden},
    {"norm.weight", "output_norm.weight", "ln_f.weight", Size::kHidden},
    {"norm.bias", "output_norm.bias", "ln_f.bias", Size::kHidden},
    {"output.weight", "output.weight", "lm_head.weight", Size::kVocab, Size::kHidden, kPlain,
     is_untied},
});
constexpr auto kGpt2Layer = std::to_array<Row>({
    {"attention_norm.weight", "attn_norm.weight", "ln_1.weight", Size::kHidden},
    {"attention_norm.bias", "attn_norm.bias", "ln_1.bias", Size::kHidden},
    {"attention.q.weight", "attn_qkv.weight", "attn.c_attn.weight", Size::kQueries, Size::kHidden,
     kConv1d | kFusedFirst},
    {"attention.q.bias", "attn_qkv.bias", "attn.c_attn.bias", Size::kQueries, Size::kNone,
     kFusedFirst},
    {"attention.k.weight", "attn_qkv.weight", "attn.c_attn.weight", Size::kKeys, Size::kHidden,
     kConv1d | kFusedSecond},
    {"attention.k.bias", "attn_qkv.bias", "attn.c_attn.bias", Size::kKeys, Size::kNone,
     kFusedSecond},
    {"attention.v.weight", "attn_qkv.weight", "attn.c_attn.weight", Size::kKeys, Size::kHidden,
     kConv1d | kFusedThird},
    {"attention.v.bias", "attn_qkv.bias", "attn.c_attn.bias", Size::kKeys, Size::kNone,
     kFusedThird},
    {"attention.output.weight", "attn_output.weight", "attn.c_proj.weight", Size::kHidden,
     Size::kQueries, kConv1d},
    {"attention.output.bias", "attn_output.bias", "attn.c_proj.bias", Size::kHidden},
    {"ffn_norm.weight", "ffn_norm.weight", "ln_2.weight", Size::kHidden},
    {"ffn_norm.bias", "ffn_norm.bias", "ln_2.bias", Size::kHidden},
    {"ffn.up.weight", "ffn_up.weight", "mlp.c_fc.weight", Size::kFfn, Size::kHidden, kConv1d},
    {"ffn.up.bias", "ffn_up.bias", "mlp.c_fc.bias", Size::kFfn},
    {"ffn.down.weight", "ffn_down.weight", "mlp.c_proj.weight", Size::kHidden, Size::kFfn, kConv1d},
    {"ffn.down.bias", "ffn_down.bias", "mlp.c_proj.bias", Size::kHidden},
});

/// What files hold beside a model's weights: buffers that follow from the configuration, and the
/// embedding once more.
bool is_beside(std::string_view name, const ModelConfig& config) {
  if (name == "rope_freqs.weight" || name.ends_with("rotary_emb.inv_freq")) return true;
  if (name == "lm_head.weight") return config.tied_embeddings;
  return config.architecture == Architecture::kGpt2 &&
         (name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias"));
}

std::uint64_t row_elements(std::span<const std::uint64_t> shape) {
  return shape.size() > 1 ? shape.back() : 1;
}

}  // namespace

/// Finds each row of the tables in a file.
class ModelWeights::Mapping {
 public:
  Mapping(const WeightFile& file, const ModelConfig& config)
      : file_(file), config_(config), is_gguf_(file.metadata() != nullptr) {
    const bool is_gpt2 = config.architecture == Architecture::kGpt2;
    if (is_gguf_) {
      layer_prefix_ = "blk.";
    } else if (is_gpt2) {
      // Saved with and without the head.
      outer_prefix_ = file.find("wte.weight") == nullptr ? "transformer." : "";
      layer_prefix_ = outer_prefix_ + "h.";
    } else {
      layer_prefix_ = "model.layers.";
    }
    if (is_gpt2) {
      add_all(kGpt2Outer, kGpt2Layer);
    } else {
      add_all(kLlamaOuter, kLlamaLayer);
    }
    for (const TensorInfo& tensor : file.tensors()) {
      if (!used_.contains(&tensor) && !is_beside(tensor.name, config)) {
        fail(tensor, fmt::format("is part of no {} model of {} layers{}",
                                 architecture_name(config.architecture), config.layers,
                                 config.tied_embeddings ? " with tied embeddings" : ""));
      }
    }
  }

  std::vector<Tensor> take() { return std::move(tensors_); }

 private:
  void add_all(std::span<const Row> outer, std::span<const Row> layers) {
    // The embeddings in front of the layers, the rest behind them.
    std::size_t next = 0;
    for (; outer[next].name.find("embedding") != std::string_view::npos; ++next) {
      add(outer[next], std::nullopt);
    }
    for (std::uint32_t layer = 0; layer < config_.layers; ++layer) {
      for (const Row& row : layers) add(row, layer);
    }
    for (; next < outer.size(); ++next) add(outer[next], std::nullopt);
  }

  void add(const Row& row, std::optional<std::uint32_t> layer) {
    if (!row.condition(config_)) return;
    Tensor tensor;
    tensor.name = layer ? fmt::format("layers.{}.{}", *layer, row.name) : std::string(row.name);
    tensor.shape = {size_of(row.rows, config_)};
    if (row.columns != Size::kNone) tensor.shape.push_back(size_of(row.columns, config_));

    const std::string name = source_name(row, layer);
    tensor.source_ = file_.find(name);
    if (tensor.source_ == nullptr) {
      throw InputError(fmt::format("{}: has no tensor '{}', which the model's {} needs",
                                   file_.files().front(), name, tensor.name));
    }
    std::vector<std::uint64_t> stored = tensor.shape;
    if ((row.traits & kFused) != 0) {
      const std::uint64_t queries = size_of(Size::kQueries, config_);
      const std::uint64_t keys = size_of(Size::kKeys, config_);
      stored[0] = queries + 2 * keys;
      if ((row.traits & kFusedSecond) != 0) tensor.first_row_ = queries;
      if ((row.traits & kFusedThird) != 0) tensor.first_row_ = queries + keys;
    }
    tensor.transposed_ = !is_gguf_ && (row.traits & kConv1d) != 0;
    if (tensor.transposed_) std::swap(stored[0], stored[1]);
    if (is_gguf_ && config_.architecture == Architecture::kLlama && (row.traits & kRotated) != 0) {
      tensor.interleaved_ = tensor.shape[0] / config_.head_dim;
    }
    if (tensor.source_->shape != stored) {
      fail(*tensor.source_,
           fmt::format("is {} (allowed: {}, for the model's {})", shape_text(tensor.source_->shape),
                       shape_text(stored), tensor.name));
    }
    if (layout_of(tensor.source_->type).to_f32 == nullptr) {
      fail(*tensor.source_, fmt::format("has elements of type {} (read are: {})",
                                        layout_of(tensor.source_->type).name, readable_types()));
    }
    if (stored.size() == 1 && layout_of(tensor.source_->type).block_elements != 1) {
      fail(*tensor.source_, fmt::format("is a vector of {} (allowed: F32, F16, BF16)",
                                        layout_of(tensor.source_->type).name));
    }
    used_.insert(tensor.source_);
    tensors_.push_back(std::move(tensor));
  }

  std::string source_name(const Row& row, std::optional<std::uint32_t> layer) const {
    const std::string_view name = is_gguf_ ? row.gguf : row.hugging_face;
    if (layer) return fmt::format("{}{}.{}", layer_prefix_, *layer, name);
    return name == "lm_head.weight" ? std::string(name) : outer_prefix_ + std::string(name);
  }

  [[noreturn]] void fail(const TensorInfo& tensor, std::string_view what) const {
    throw InputError(fmt::format("{}: tensor '{}' {}", file_.file_name(tensor), tensor.name, what));
  }

  const WeightFile& file_;
  const ModelConfig& config_;
  bool is_gguf_;
  std::string outer_prefix_;
  std::string layer_prefix_;
  std::vector<Tensor> tensors_;
  std::set<const TensorInfo*> used_;
};

ModelWeights::ModelWeights(WeightFile file, const ModelConfig& config)
    : file_(std::make_unique<WeightFile>(std::move(file))) {
  tensors_ = Mapping(*file_, config).take();
  for (std::size_t i = 0; i < tensors_.size(); ++i) by_name_.emplace(tensors_[i].name, i);
}

const ModelWeights::Tensor* ModelWeights::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &tensors_[found->second];
}

void ModelWeights::read_f32(const Tensor& tensor, std::span<float> out) const {
  assert(out.size() == tensor.elements());
  const std::uint64_t rows = tensor.shape[0];
  const std::uint64_t columns = row_elements(tensor.shape);
  if (tensor.transposed_) {
    const std::uint64_t stored_row = tensor.source_->shape[1];
    std::vector<float> stored(stored_row);
    for (std::uint64_t column = 0; column < columns; ++column) {
      file_->read_f32(*tensor.source_, column * stored_row, stored);
      for (std::uint64_t row = 0; row < rows; ++row) {
        out[row * columns + column] = stored[tensor.first_row_ + row];
      }
    }
  } else if (tensor.interleaved_ != 0) {
    const std::uint64_t head_dim = rows / tensor.interleaved_;
    for (std::uint64_t row = 0; row < rows; ++row) {
      const std::uint64_t i = row % head_dim;  // stored: pairs beside each other
      const std::uint64_t stored = row - i + i % (head_dim / 2) * 2 + i / (head_dim / 2);
      file_->read_f32(*tensor.source_, stored * columns, out.subspan(row * columns, columns));
    }
  } else {
    file_->read_f32(*tensor.source_, tensor.first_row_ * columns, out);
  }
}

void ModelWeights::read_f32(std::string_view name, std::span<float> out) const {
  const Tensor* tensor = find(name);
  if (tensor == nullptr) {
    throw InputError(fmt::format("{}: the model has no tensor '{}'", file_->files().front(), name));
  }
  read_f32(*tensor, out);
}

std::uint64_t ModelWeights::parameters() const {
  std::uint64_t sum = 0;
  for (const Tensor& tensor : tensors_) sum += tensor.elements();
  return sum;
}

Model open_model(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw InputError(fmt::format("{}: there is no such file or folder", path.string()));
  }
  WeightFile file = WeightFile::open(path);
  ModelConfig config;
  if (file.metadata() != nullptr) {
    config = gguf_config(file);
  } else {
    const auto folder = std::filesystem::is_directory(path, error) ? path : path.parent_path();
    const MappedFile json = map_file(folder / "config.json");
    config = hugging_face_config({json.bytes.data(), json.bytes.size()},
                                 (folder / "config.json").string(), file);
  }
  return {path, config, ModelWeights(std::move(file), config)};
}

}  // namespace kvsim
