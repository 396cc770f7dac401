#pragma once
// Keys of many requests' blocks at once, under the chain `kvsim`: the work that a GPU can take over
// (model/cuda), and its form on the CPU.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/hash/digest.hpp"

namespace kvsim {

/// Requests' tokens: request r has tokens[offset[r]] up to tokens[offset[r + 1]]. Offsets ascend
/// and end within the tokens.
struct BlockBatch {
  std::span<const Token> tokens;
  std::span<const std::uint64_t> offset;  ///< requests + 1 of them; none: no requests

  std::size_t requests() const { return offset.empty() ? 0 : offset.size() - 1; }
};

/// How blocks are cut and hashed.
struct BlockHashing {
  std::string function = "xxh3_64";  ///< one of block_hash_functions()
  unsigned bits = 0;                 ///< of a key, the low ones of the digest; 0: all
  std::uint64_t seed = 0;            ///< of the function
  std::uint64_t block_size = 16;     ///< tokens; a request's last block may have fewer
  bool operator==(const BlockHashing&) const = default;
};

struct BlockDigests {
  std::vector<Digest> keys;          ///< of all blocks, request after request
  std::vector<std::uint64_t> first;  ///< where each request's begin; one more, the end
  std::string place;                 ///< where they were hashed, and if not on a GPU, why
  double hash_seconds = 0;           ///< hashing alone
  double copy_seconds = 0;           ///< moving tokens to a GPU and keys back
};

/// Names of the functions that can be written for a GPU too.
std::vector<std::string> block_hash_functions();
/// Fills in `bits`. Throws InputError for a function, a width, a seed or a block size that there is
/// none of.
BlockHashing checked(BlockHashing hashing);
/// The numbers of blocks before each request, and of all.
std::vector<std::uint64_t> first_blocks(const BlockBatch& batch, std::uint64_t block_size);
/// Hashes on the calling thread, by the code that runs on a GPU. Throws as checked().
BlockDigests hash_blocks_host(const BlockBatch& batch, const BlockHashing& hashing);

}  // namespace kvsim
