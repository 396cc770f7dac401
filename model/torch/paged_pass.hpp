#pragma once
// A forward pass over a KvPool by the kernels of model/cuda.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "model/torch/kv_pool.hpp"
#include "model/torch/transformer.hpp"

namespace kvsim::torch_models {

/// What a pass over some chunks writes to a pool and reads of it: block tables go to the device
/// once, and a layer takes two launches to write all chunks' keys and values and, in a decode step,
/// one to attend to them where they lie. On the CPU the kernels' references do the same, slowly.
class PagedPass {
 public:
  /// Whether there are kernels for the pool's device and rows, and for activations of `type`.
  static bool can(const KvPool& pool, at::ScalarType type);

  /// Keeps references to both.
  PagedPass(std::span<const Chunk> chunks, KvPool& pool);

  /// Whether every chunk has one token.
  bool is_decode() const { return is_decode_; }

  /// Stores keys and values of all chunks' tokens, [tokens, kv_heads, head_dim], whose rows are
  /// contiguous.
  void write(std::uint32_t layer, const at::Tensor& keys, const at::Tensor& values) const;
  /// Keys and values of one chunk's sequence up to its last token, as KvPool::read() gives them.
  std::pair<at::Tensor, at::Tensor> read(std::uint32_t layer, std::size_t chunk,
                                         at::ScalarType type) const;
  /// A decode step's attention, of queries [chunks, heads, head_dim]: [chunks, heads × head_dim].
  at::Tensor attention(std::uint32_t layer, const at::Tensor& queries) const;

 private:
  std::span<const Chunk> chunks_;
  KvPool& pool_;
  bool is_decode_ = true;
  std::int64_t longest_ = 0;              // tokens of a sequence
  at::Tensor slots_, tables_, contexts_;  // int32: [tokens], [chunks, blocks], [chunks]
};

}  // namespace kvsim::torch_models
