#pragma once
// Keys of many requests' blocks on a GPU. Host memory in, host memory out; no CUDA in this header.

#include "model/cuda/device.hpp"
#include "sim/hash/block_batch.hpp"

namespace kvsim {

/// Hashes on the first device, a thread a request, in one piece: tokens and keys, of 32 bytes a
/// block, must fit into its memory together. Times are by CUDA's events. Throws as checked(), and
/// std::runtime_error with CUDA's words where it fails or there is no device.
BlockDigests hash_blocks_cuda(const BlockBatch& batch, const BlockHashing& hashing);

/// Hashes on a device where there is one, else on the CPU; `place` says which, and why.
BlockDigests hash_blocks(const BlockBatch& batch, const BlockHashing& hashing);

}  // namespace kvsim
