#pragma once
// A decoder-only transformer (Llama family, Qwen2, GPT-2) whose keys and values live in a KvPool.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "model/torch/kv_pool.hpp"
#include "model/weights/model_weights.hpp"

namespace kvsim::torch_models {

/// The next tokens of one sequence, whose KV is not computed yet.
struct Chunk {
  std::span<const Token> tokens;   ///< at least one
  std::uint64_t start = 0;         ///< position of the first: as many have their KV in the pool
  std::span<const BlockId> table;  ///< the sequence's blocks, enough for all its tokens
};

struct TransformerOptions {
  at::Device device = at::kCPU;
  at::ScalarType type = at::kFloat;  ///< of weights and activations
  /// By the references of model/cuda's kernels where a GPU would take those: slow, for tests.
  bool kernels_on_cpu = false;
};

/// Holds the weights; a forward pass keeps nothing but what it writes to the pool. Not for several
/// threads at once: LibTorch uses its own.
class Transformer {
 public:
  /// Fills in a tensor, float32 and row-major: its name and layout are those of ModelWeights.
  using WeightSource = std::function<void(const std::string& name, std::span<float> out)>;

  Transformer(const ModelConfig& config, const WeightSource& weights,
              const TransformerOptions& options = {});
  /// Loads all weights. Throws InputError naming file and tensor.
  explicit Transformer(const Model& model, const TransformerOptions& options = {});
  /// Seeded random weights, scaled so that activations keep their size.
  Transformer(const ModelConfig& config, std::uint64_t seed,
              const TransformerOptions& options = {});

  const ModelConfig& config() const { return config_; }
  at::Device device() const { return options_.device; }
  at::ScalarType type() const { return options_.type; }
  /// Parameters, tied ones once.
  std::uint64_t parameters() const { return parameters_; }
  /// Bytes of weights that a decode step reads.
  std::uint64_t weight_bytes() const;
  /// Of its KV.
  KvShape kv_shape(std::uint32_t block_size, KvType type) const;

  /// One pass over all chunks: writes their KV to the pool and returns the logits behind each
  /// chunk's last token, float32 [chunks, vocab] on the CPU; with `all`, behind every token,
  /// [tokens of all chunks, vocab].
  at::Tensor forward(std::span<const Chunk> chunks, KvPool& pool, bool all = false) const;

  /// Floating-point operations of the matrix products of a chunk of `added` tokens behind `cached`
  /// ones, its last token's logits included: 2 a multiply-add.
  double flops(std::uint64_t cached, std::uint64_t added) const;
  /// Weights [outputs, inputs] of a layer's matrix products, in order.
  std::vector<at::Tensor> layer_matrices() const;

 private:
  struct Norm {
    at::Tensor weight, bias;
  };
  struct Linear {
    at::Tensor weight, bias;  // [outputs, inputs]; bias may be undefined
  };
  struct Layer {
    Norm attention_norm, ffn_norm;
    Linear qkv, output;    // q, k and v one below the other
    Linear gate_up, down;  // gate above up; GPT-2: up alone
  };

  void prepare_rotation();
  at::Tensor normalised(const at::Tensor& x, const Norm& norm) const;
  at::Tensor apply(const Linear& linear, const at::Tensor& x) const;
  at::Tensor rotated(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) const;
  at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                       std::int64_t start) const;

  ModelConfig config_;
  TransformerOptions options_;
  std::uint64_t parameters_ = 0;
  at::Tensor embedding_, position_embedding_;
  std::vector<Layer> layers_;
  Norm norm_;
  at::Tensor head_;       // [vocab, hidden]
  at::Tensor cos_, sin_;  // [context, head_dim/2]
};

}  // namespace kvsim::torch_models
