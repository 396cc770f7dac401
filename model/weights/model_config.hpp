#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "model/weights/weight_file.hpp"
#include "sim/core/ids.hpp"

namespace kvsim {

/// The families of decoders that are understood.
///
/// | | norm | positions | feed-forward | biases |
/// |---|---|---|---|---|
/// | kLlama | RMSNorm | rotary | SwiGLU | where the file has them |
/// | kQwen2 | RMSNorm | rotary | SwiGLU | q, k, v |
/// | kGpt2 | LayerNorm | learned | GELU (tanh form) | everywhere |
enum class Architecture : std::uint8_t { kLlama, kQwen2, kGpt2 };

std::string_view architecture_name(Architecture architecture);

/// A decoder's shape, from a GGUF file's metadata or a Hugging Face config.json.
struct ModelConfig {
  Architecture architecture = Architecture::kLlama;
  std::string name;  ///< the model's own, for people
  std::uint32_t layers = 0;
  std::uint32_t hidden = 0;    ///< width of the residual stream
  std::uint32_t heads = 0;     ///< query heads
  std::uint32_t kv_heads = 0;  ///< divides `heads`
  std::uint32_t head_dim = 0;
  std::uint32_t ffn = 0;      ///< width inside the feed-forward part
  std::uint32_t vocab = 0;    ///< rows of the embedding; ids at or above it do not exist
  std::uint32_t context = 0;  ///< longest sequence, in tokens
  double norm_epsilon = 1e-5;
  /// Position p turns pair i of a head, (i, i + head_dim/2), by p · rope_theta^(−2i/head_dim),
  /// divided by rope_factors[i] where those are given (Llama 3.1's scaling, linear scaling).
  double rope_theta = 10000.0;
  std::vector<float> rope_factors;  ///< empty, or head_dim/2 of them
  bool tied_embeddings = false;     ///< logits come from the embedding: there is no output.weight
  bool qkv_bias = false;
  bool attention_output_bias = false;
  bool ffn_bias = false;
  std::vector<Token> bos;  ///< none or one
  std::vector<Token> eos;  ///< each ends a text
};

/// The configuration in a GGUF file's metadata. Throws InputError naming file and key.
ModelConfig gguf_config(const WeightFile& weights);

/// The configuration in a Hugging Face config.json (`json`; `file` stands for it in messages),
/// where `weights` says which biases there are. Throws InputError naming file and JSON pointer.
ModelConfig hugging_face_config(std::string_view json, const std::string& file,
                                const WeightFile& weights);

}  // namespace kvsim
