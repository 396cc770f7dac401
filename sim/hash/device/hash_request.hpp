#pragma once

#include "sim/hash/device/message.hpp"

namespace kvsim::device {

/// The keys of one request's blocks, tokens[begin … end) cut into `block_size` each, the last maybe
/// partly filled: under the chain `kvsim`, each is the digest, cut to `bits`, of its parent's key
/// (zeros for the first) and its tokens. Writes four words a block to `out`. A request is one
/// thread's work, for its blocks wait for each other.
template <class Function>
KVSIM_HOST_DEVICE void hash_request(const std::uint32_t* tokens, std::uint64_t begin,
                                    std::uint64_t end, std::uint64_t block_size, unsigned bits,
                                    std::uint64_t seed, std::uint64_t* out) {
  const unsigned parent_bytes = bits <= 64 ? 8 : bits <= 128 ? 16 : 32;
  DigestWords key{};
  while (begin < end) {
    const std::uint64_t count = end - begin < block_size ? end - begin : block_size;
    key = cut(Function::digest(BlockMessage(key, parent_bytes, tokens + begin, count), seed), bits);
    for (const std::uint64_t word : key.word) *out++ = word;
    begin += count;
  }
}

}  // namespace kvsim::device
