#pragma once
// Models of a few numbers each, in every form that is read. Element i of a Hugging Face tensor is
// i plus a hundred times a number of its own, so that each is told from every other.

#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "tests/model/weights/file_builder.hpp"

namespace kvsim::weight_tests {

struct TinyTensor {
  std::vector<std::uint64_t> shape;
  std::vector<float> values;
};
/// By canonical name.
using TinyTensors = std::map<std::string, TinyTensor>;

// Two layers of width 8, two heads of 4, of which one is a KV head (llama), feed-forward 6, seven
// tokens, 16 positions.
inline TinyTensors tiny_tensors(bool is_gpt2, bool has_qkv_bias) {
  TinyTensors tensors;
  const auto add = [&](const std::string& name, std::vector<std::uint64_t> shape) {
    std::uint64_t elements = 1;
    for (const std::uint64_t d : shape) elements *= d;
    std::vector<float> values(elements);
    std::iota(values.begin(), values.end(), 1000.0F * static_cast<float>(tensors.size()));
    tensors[name] = {std::move(shape), std::move(values)};
  };
  const std::uint64_t keys = is_gpt2 ? 8 : 4;
  const auto linear = [&](const std::string& name, std::uint64_t out, std::uint64_t in, bool bias) {
    add(name + ".weight", {out, in});
    if (bias) add(name + ".bias", {out});
  };
  const auto norm = [&](const std::string& name) {
    add(name + ".weight", {8});
    if (is_gpt2) add(name + ".bias", {8});
  };
  add("embedding.weight", {7, 8});
  if (is_gpt2) add("position_embedding.weight", {16, 8});
  for (const std::string layer : {"layers.0.", "layers.1."}) {
    norm(layer + "attention_norm");
    linear(layer + "attention.q", 8, 8, is_gpt2 || has_qkv_bias);
    linear(layer + "attention.k", keys, 8, is_gpt2 || has_qkv_bias);
    linear(layer + "attention.v", keys, 8, is_gpt2 || has_qkv_bias);
    linear(layer + "attention.output", 8, 8, is_gpt2);
    norm(layer + "ffn_norm");
    if (!is_gpt2) linear(layer + "ffn.gate", 6, 8, false);
    linear(layer + "ffn.up", 6, 8, is_gpt2);
    linear(layer + "ffn.down", 8, 6, is_gpt2);
  }
  norm("norm");
  return tensors;
}

/// The rows of q or k as llama.cpp's conversion of `llama` models stores them: `permute` in its
/// convert_hf_to_gguf.py, a view [heads, 2, head_dim/2] with the last two axes exchanged.
inline TinyTensor interleaved(const TinyTensor& tensor, std::uint64_t heads) {
  TinyTensor stored = tensor;
  const std::uint64_t columns = tensor.shape.size() > 1 ? tensor.shape[1] : 1;
  const std::uint64_t half = tensor.shape[0] / heads / 2;
  std::size_t out = 0;
  for (std::uint64_t head = 0; head < heads; ++head) {
    for (std::uint64_t i = 0; i < half; ++i) {
      for (std::uint64_t part = 0; part < 2; ++part) {
        for (std::uint64_t column = 0; column < columns; ++column) {
          const std::uint64_t row = (head * 2 + part) * half + i;
          stored.values[out++] = tensor.values[row * columns + column];
        }
      }
    }
  }
  return stored;
}

inline TinyTensor transposed(const TinyTensor& tensor) {
  if (tensor.shape.size() == 1) return tensor;
  TinyTensor stored{{tensor.shape[1], tensor.shape[0]}, {}};
  for (std::uint64_t column = 0; column < tensor.shape[1]; ++column) {
    for (std::uint64_t row = 0; row < tensor.shape[0]; ++row) {
      stored.values.push_back(tensor.values[row * tensor.shape[1] + column]);
    }
  }
  return stored;
}

/// Replaces the first `from` in `text`, if it is there.
inline bool replace(std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) return false;
  text.replace(at, from.size(), to);
  return true;
}

inline std::string gguf_name(std::string name) {
  if (!replace(name, "layers.", "blk.")) {
    replace(name, "position_embedding", "position_embd");
    replace(name, "embedding", "token_embd");
    if (name.rfind("norm", 0) == 0) name = "output_" + name;
  }
  replace(name, "attention.", "attn_");
  replace(name, "attention_norm", "attn_norm");
  replace(name, "ffn.", "ffn_");
  return name;
}

/// q, k and v as one.
inline TinyTensor fused(const TinyTensors& tensors, const std::string& layer,
                        const std::string& kind) {
  TinyTensor all;
  for (const std::string part : {"q", "k", "v"}) {
    const TinyTensor& tensor = tensors.at(layer + "attention." + part + kind);
    if (all.shape.empty()) {
      all.shape = tensor.shape;
    } else {
      all.shape[0] += tensor.shape[0];
    }
    all.values.insert(all.values.end(), tensor.values.begin(), tensor.values.end());
  }
  return all;
}

/// The configuration of an architecture, `llama`, `qwen2` or `gpt2`, as GGUF keys.
inline GgufBuilder tiny_gguf_keys(const std::string& architecture, std::uint32_t version = 3) {
  GgufBuilder gguf(version);
  gguf.text("general.architecture", architecture).text("general.name", "tiny");
  const std::string prefix = architecture + ".";
  gguf.u32(prefix + "block_count", 2)
      .u32(prefix + "embedding_length", 8)
      .u32(prefix + "feed_forward_length", 6)
      .u32(prefix + "context_length", 16)
      .u32(prefix + "attention.head_count", 2)
      .u32("tokenizer.ggml.bos_token_id", 1)
      .u32("tokenizer.ggml.eos_token_id", 2);
  if (architecture == "gpt2") {
    gguf.f32(prefix + "attention.layer_norm_epsilon", 1e-5F);
  } else {
    gguf.u32(prefix + "attention.head_count_kv", 1)
        .f32(prefix + "attention.layer_norm_rms_epsilon", 1e-6F)
        .f32(prefix + "rope.freq_base", 5000.0F);
  }
  return gguf;
}

inline void add_tensors(GgufBuilder& gguf, const std::string& architecture,
                        const TinyTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    const bool is_q = name.find("attention.q") != std::string::npos;
    const bool is_k = name.find("attention.k") != std::string::npos;
    const bool is_v = name.find("attention.v") != std::string::npos;
    if (architecture == "gpt2" && (is_q || is_k || is_v)) {
      if (!is_q) continue;
      const std::string layer = name.substr(0, 9);
      const std::string kind = name.substr(name.rfind('.'));
      const TinyTensor all = fused(tensors, layer, kind);
      gguf.tensor("blk." + layer.substr(7, 2) + "attn_qkv" + kind, all.shape, all.values);
    } else if (architecture == "llama" && (is_q || is_k)) {
      const TinyTensor stored = interleaved(tensor, is_q ? 2 : 1);
      gguf.tensor(gguf_name(name), stored.shape, stored.values);
    } else {
      gguf.tensor(gguf_name(name), tensor.shape, tensor.values);
    }
  }
}

inline std::string hugging_face_name(const std::string& architecture, std::string name) {
  if (architecture == "gpt2") {
    replace(name, "layers.", "h.");
    replace(name, "position_embedding", "wpe");
    replace(name, "embedding", "wte");
    replace(name, "attention.output", "attn.c_proj");
    replace(name, "attention_norm", "ln_1");
    replace(name, "ffn_norm", "ln_2");
    replace(name, "ffn.up", "mlp.c_fc");
    replace(name, "ffn.down", "mlp.c_proj");
    if (name.rfind("norm", 0) == 0) replace(name, "norm", "ln_f");
    return name;
  }
  replace(name, "embedding", "embed_tokens");
  replace(name, "attention_norm", "input_layernorm");
  replace(name, "ffn_norm", "post_attention_layernorm");
  replace(name, "attention.output", "self_attn.o_proj");
  for (const std::string part : {"q", "k", "v"}) {
    replace(name, "attention." + part, "self_attn." + part + "_proj");
  }
  for (const std::string part : {"gate", "up", "down"}) {
    replace(name, "ffn." + part, "mlp." + part + "_proj");
  }
  return "model." + name;
}

inline void add_tensors(SafetensorsBuilder& file, const std::string& architecture,
                        const TinyTensors& tensors) {
  const bool is_gpt2 = architecture == "gpt2";
  for (const auto& [name, tensor] : tensors) {
    if (is_gpt2 && (name.find("attention.q") != std::string::npos ||
                    name.find("attention.k") != std::string::npos ||
                    name.find("attention.v") != std::string::npos)) {
      if (name.find("attention.q") == std::string::npos) continue;
      const std::string layer = name.substr(0, 9);
      const std::string kind = name.substr(name.rfind('.'));
      const TinyTensor all = transposed(fused(tensors, layer, kind));
      file.tensor("h." + layer.substr(7, 2) + "attn.c_attn" + kind, all.shape, all.values);
      continue;
    }
    const bool is_conv1d = is_gpt2 && name.rfind("layers", 0) == 0 &&
                           (name.find("ffn.") != std::string::npos ||
                            name.find("attention.output") != std::string::npos);
    const TinyTensor stored = is_conv1d ? transposed(tensor) : tensor;
    file.tensor(hugging_face_name(architecture, name), stored.shape, stored.values);
  }
}

inline nlohmann::json tiny_config(const std::string& architecture) {
  if (architecture == "gpt2") {
    return {{"model_type", "gpt2"},
            {"n_embd", 8},
            {"n_layer", 2},
            {"n_head", 2},
            {"n_inner", 6},
            {"n_positions", 16},
            {"vocab_size", 7},
            {"bos_token_id", 1},
            {"layer_norm_epsilon", 1e-5},
            {"eos_token_id", 2},
            {"activation_function", "gelu_new"}};
  }
  return {{"model_type", architecture},    {"hidden_size", 8},
          {"num_hidden_layers", 2},        {"num_attention_heads", 2},
          {"num_key_value_heads", 1},      {"intermediate_size", 6},
          {"max_position_embeddings", 16}, {"vocab_size", 7},
          {"rms_norm_eps", 1e-6},          {"rope_theta", 5000.0},
          {"tie_word_embeddings", true},   {"bos_token_id", 1},
          {"eos_token_id", {2, 3}}};
}

}  // namespace kvsim::weight_tests
