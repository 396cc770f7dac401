#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/weights/model_config.hpp"
#include "model/weights/weight_file.hpp"

namespace kvsim {

/// A model's tensors under one set of names and one layout, whatever file they come from:
///
/// | name | shape |
/// |---|---|
/// | embedding.weight | [vocab, hidden] |
/// | position_embedding.weight (gpt2) | [context, hidden] |
/// | layers.N.attention_norm.weight, .bias (gpt2) | [hidden] |
/// | layers.N.attention.q.weight, .bias | [heads · head_dim, hidden], [heads · head_dim] |
/// | layers.N.attention.k.weight, .v.weight, .bias | [kv_heads · head_dim, hidden], [kv_heads ·
/// head_dim] | | layers.N.attention.output.weight, .bias | [hidden, heads · head_dim], [hidden] |
/// | layers.N.ffn_norm.weight, .bias (gpt2) | [hidden] |
/// | layers.N.ffn.gate.weight (not gpt2), .up.weight, .bias | [ffn, hidden], [ffn] |
/// | layers.N.ffn.down.weight, .bias | [hidden, ffn], [hidden] |
/// | norm.weight, .bias (gpt2) | [hidden] |
/// | output.weight, unless tied_embeddings | [vocab, hidden] |
///
/// A matrix is [outputs, inputs], as y = x Wᵀ + b takes it: GPT-2's Conv1D matrices are transposed,
/// and its fused q, k, v taken apart. **Rotary convention:** always Hugging Face's half-split one,
/// in which dimension i of a head turns with dimension i + head_dim/2. The q and k rows of a
/// `llama` GGUF, which llama.cpp stores for its interleaved one (2i with 2i + 1), are put back in
/// that order; it stores `qwen2` half-split.
class ModelWeights {
 public:
  struct Tensor {
    std::string name;
    std::vector<std::uint64_t> shape;

    std::uint64_t elements() const { return element_count(shape).value_or(0); }

   private:
    friend class ModelWeights;
    const TensorInfo* source_ = nullptr;
    std::uint64_t first_row_ = 0;    ///< its part of a fused source: rows as they are here
    bool transposed_ = false;        ///< the source is [inputs, outputs]
    std::uint64_t interleaved_ = 0;  ///< heads whose rows are stored for interleaved rotation
  };

  /// Finds every tensor that the configuration needs. Throws InputError naming file and tensor
  /// where one is missing, has another shape, cannot be read, or is part of no such model.
  ModelWeights(WeightFile file, const ModelConfig& config);

  /// In the order of the table, layer by layer.
  std::span<const Tensor> tensors() const { return tensors_; }
  /// The tensor of this name, or null.
  const Tensor* find(std::string_view name) const;

  /// All elements as float32, row-major; `out` has as many as the shape says. Safe from several
  /// threads. The second form throws InputError if there is no such tensor.
  void read_f32(const Tensor& tensor, std::span<float> out) const;
  void read_f32(std::string_view name, std::span<float> out) const;

  /// Parameters, all tensors together.
  std::uint64_t parameters() const;

  const WeightFile& file() const { return *file_; }

 private:
  class Mapping;

  std::unique_ptr<WeightFile> file_;  // in place: tensors refer into it
  std::vector<Tensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
};

/// An opened model. Its tokenizer is opened by Tokenizer::open(path).
struct Model {
  std::filesystem::path path;
  ModelConfig config;
  ModelWeights weights;
};

/// Opens a .gguf file, or a Hugging Face folder (config.json beside model.safetensors or
/// model.safetensors.index.json). Throws InputError naming file and key, JSON pointer or tensor.
Model open_model(const std::filesystem::path& path);

}  // namespace kvsim
