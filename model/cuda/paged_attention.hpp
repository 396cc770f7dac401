#pragma once
// Attention of one query a sequence over the keys and values in a pool's blocks: a decode step. No
// CUDA in this header.

#include <cstddef>
#include <cstdint>

#include "model/cuda/kv_blocks.hpp"

namespace kvsim::kernels {

/// out[s, h] = Σ_t softmax_t(scale × query[s, h] · key[t, h / group]) × value[t, h / group], over
/// the context[s] tokens of sequence s, where group = query_heads / kv_heads. Zero where there are
/// none. Sums are float32 throughout.
struct PagedAttention {
  Element element = Element::kFloat32;  ///< of query and out: float32, float16 or bfloat16
  const void* query = nullptr;          ///< [sequences, query_heads, head_dim]
  void* out = nullptr;                  ///< of the same shape
  std::int64_t sequences = 0;           ///< at most 2^31 - 1
  std::int64_t query_heads = 0;         ///< a multiple of the pools' kv_heads
  float scale = 1;                      ///< commonly 1 / sqrt(head_dim)

  Pool key;    ///< head_dim × the size of an element a multiple of 16 bytes, and at most 256
  Pool value;  ///< of the key's shape and element
  const std::int32_t* block_table = nullptr;  ///< [sequences, table_stride]; no negative entries
  std::int64_t table_stride = 0;              ///< blocks a sequence may have
  const std::int32_t* context = nullptr;      ///< [sequences], tokens: 0 … longest
  std::int64_t longest = 0;                   ///< at most table_stride × block_size

  /// Tokens that one group of threads attends to; the parts of a sequence are then combined. 0: all
  /// of them. partition_for() chooses; at most 65535 parts.
  std::int64_t partition = 0;
  float* scratch = nullptr;  ///< scratch_floats() of them, where sequences have several parts
};

/// Throws InputError where a field is not as it says above.
void check(const PagedAttention& attention);

/// The number of floats that `scratch` must have room for: 0 where sequences are of one part.
std::size_t scratch_floats(const PagedAttention& attention);

/// A partition that keeps `multiprocessors` busy, four groups of threads each, and is not so short
/// that combining costs more than it brings: a multiple of 64 tokens, at least 256.
std::int64_t partition_for(const PagedAttention& attention, int multiprocessors);

/// Throw as check() does. On the GPU, pointers are into its memory, and it returns before the work
/// has ended. The reference takes neither partition nor scratch into account, and throws InputError
/// for a context or a block that is out of range.
void paged_attention_cuda(const PagedAttention& attention, void* stream = nullptr);
void paged_attention_host(const PagedAttention& attention);

}  // namespace kvsim::kernels
