#pragma once
// Moving keys or values between a pool of blocks and plain tensors, and between blocks. What ends
// in _cuda runs on a GPU, on pointers into its memory, and returns before it has ended; what ends
// in _host is its reference on the CPU. No CUDA in this header.

#include <cstdint>

#include "model/cuda/element.hpp"

namespace kvsim::kernels {

/// A layer's keys, or its values: [blocks, kv_heads, block_size, head_dim], contiguous, aligned to
/// 16 bytes. A row is one token's head_dim elements of one head.
struct Pool {
  Element element = Element::kFloat32;
  void* data = nullptr;
  float* scale = nullptr;  ///< [blocks, kv_heads, block_size], one a row; for int8 alone
  std::int64_t blocks = 0;
  std::int64_t kv_heads = 0;
  std::int64_t block_size = 0;  ///< tokens
  std::int64_t head_dim = 0;
};

/// Tokens outside a pool, aligned to 16 bytes: the row of token t, head h begins at element
/// (t × token_stride + h × head_stride) × head_dim, and its scale is at t × token_stride +
/// h × head_stride. For [kv_heads, tokens, head_dim] the strides are 1 and tokens; for
/// [tokens, kv_heads, head_dim] kv_heads and 1.
struct Rows {
  Element element = Element::kFloat32;
  void* data = nullptr;
  float* scale = nullptr;  ///< for int8 alone
  std::int64_t token_stride = 0;
  std::int64_t head_stride = 0;
};

/// Where `count` tokens lie in a pool. By blocks: token t is in block list[(first + t) /
/// block_size] at (first + t) mod block_size, as a sequence's block table has it. By slots: token t
/// is at list[first + t] = block × block_size + offset, as a decode step of many sequences has it.
/// A negative entry's tokens are left out. The list lies in the memory of where the work is done.
struct Place {
  enum class By : std::uint8_t { kBlock, kSlot };
  By by = By::kBlock;
  const std::int32_t* list = nullptr;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Reads tokens out of a pool: rows 0 … count-1. Elements are converted where the two differ.
///
/// Needs: head_dim × the size of either element a multiple of 16 bytes, and head_dim at most 512;
/// count × kv_heads, and positions, below 2^31. Throws InputError where that does not hold, or a
/// pointer is missing or not aligned. Finite elements; a list's entries within the pool: the
/// reference throws InputError for one that is not, a GPU reads out of bounds. Here and below,
/// `stream` is a cudaStream_t, and std::runtime_error has CUDA's words where a start fails.
void gather_cuda(const Pool& from, const Place& place, const Rows& to, void* stream = nullptr);
void gather_host(const Pool& from, const Place& place, const Rows& to);

/// Writes tokens into a pool. No two may have one place.
void scatter_cuda(const Rows& from, const Pool& to, const Place& place, void* stream = nullptr);
void scatter_host(const Rows& from, const Pool& to, const Place& place);

/// Copies whole blocks: from_blocks[i] of one pool to to_blocks[i] of another, or the same, where
/// no block is both read and written. Pools of the same kv_heads, block_size and head_dim; elements
/// are converted, and int8 copied with its scales as it is.
void copy_blocks_cuda(const Pool& from, const std::int32_t* from_blocks, const Pool& to,
                      const std::int32_t* to_blocks, std::int64_t count, void* stream = nullptr);
void copy_blocks_host(const Pool& from, const std::int32_t* from_blocks, const Pool& to,
                      const std::int32_t* to_blocks, std::int64_t count);

}  // namespace kvsim::kernels
