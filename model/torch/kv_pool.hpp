#pragma once
// The KV cache's memory: one preallocated tensor for keys and one for values, in blocks, which
// requests share through block tables.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "model/kv_cache/prefix_cache.hpp"

namespace kvsim::torch_models {

/// How keys and values are stored. int8 has one float32 scale a token, head and layer, the largest
/// magnitude over 127.
enum class KvType : std::uint8_t { kFloat32, kFloat16, kBfloat16, kInt8 };

std::string_view name_of(KvType type);
/// Reads "float32", "float16", "bfloat16" or "int8". Throws InputError.
KvType parse_kv_type(std::string_view text);

struct KvShape {
  std::uint32_t layers = 0;
  std::uint32_t kv_heads = 0;
  std::uint32_t head_dim = 0;
  std::uint32_t block_size = 0;  ///< tokens
  KvType type = KvType::kFloat32;

  /// Bytes of a block over all layers, keys and values, scales included.
  std::uint64_t block_bytes() const;
};

/// Keys and values of `blocks` blocks: tensors [layers, blocks, kv_heads, block_size, head_dim],
/// and for int8 scales [layers, blocks, kv_heads, block_size].
class KvPool {
 public:
  /// Throws InputError where the memory cannot be had.
  KvPool(const KvShape& shape, std::uint64_t blocks, at::Device device);

  /// Stores keys and values [tokens, kv_heads, head_dim] of the positions from `start` on of the
  /// sequence whose blocks are `table`.
  void write(std::uint32_t layer, std::span<const BlockId> table, std::uint64_t start,
             const at::Tensor& keys, const at::Tensor& values);
  /// Keys and values of a sequence's first `tokens` positions, each [kv_heads, tokens, head_dim] of
  /// `type`: a copy, since attention wants them in a row.
  std::pair<at::Tensor, at::Tensor> read(std::uint32_t layer, std::span<const BlockId> table,
                                         std::uint64_t tokens, at::ScalarType type) const;

  const KvShape& shape() const { return shape_; }
  std::uint64_t blocks() const { return blocks_; }
  std::uint64_t bytes() const { return blocks_ * shape_.block_bytes(); }
  at::Device device() const { return keys_.device(); }

  /// The whole tensors, for copies of blocks between pools.
  at::Tensor keys() const { return keys_; }
  at::Tensor values() const { return values_; }
  at::Tensor key_scales() const { return key_scales_; }
  at::Tensor value_scales() const { return value_scales_; }

 private:
  KvShape shape_;
  std::uint64_t blocks_;
  at::Tensor keys_, values_;              // stored
  at::Tensor key_scales_, value_scales_;  // int8 only
};

}  // namespace kvsim::torch_models
