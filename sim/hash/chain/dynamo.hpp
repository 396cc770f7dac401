#pragma once

#include <algorithm>

#include "sim/hash/chain/bytes.hpp"
#include "sim/hash/chain/concept.hpp"

namespace kvsim {

/// NVIDIA Dynamo's router. A block's local hash is XXH3 of its tokens as little-endian u32,
/// followed by the hashes of its multimodal inputs in ascending order as u64 (without their
/// offsets); its seed is 1337, plus XXH3 of the LoRA adapter's name under seed 0, plus XXH3 of the
/// cache namespace (the salt) under seed 1. The sequence hash of a request's first block is its
/// local hash; of a later one XXH3, seed 1337, of the parent's and its local one.
///
/// Mirrors ai-dynamo/dynamo's main branch of 2026: lib/kv-router/src/protocols.rs
/// (compute_block_hash_for_seq, compute_seq_hash_for_block), lib/kv-hashing (compute_salt_hash).
/// A multimodal hash is the number that its first 16 hexadecimal digits say, as Dynamo's handlers
/// for vLLM pass it. Differences: earlier releases knew neither LoRA nor namespaces here;
/// EAGLE's blocks, which hold a token more, are left out.
class Dynamo {
 public:
  static constexpr std::string_view kName = "dynamo";
  static constexpr std::string_view kDoc =
      "XXH3-64, seed 1337, of tokens as little-endian u32, then of the parent's sequence hash and "
      "this (NVIDIA Dynamo 2026, lib/kv-router).";
  struct Config {};

  explicit Dynamo(const Config&) {}

  std::string_view hash_name() const { return "xxh3_64"; }
  unsigned bits() const { return 64; }
  /// None: a first block's hash stands alone.
  Digest root() const { return {}; }

  Digest next(const Digest& parent, bool is_first, std::span<const Token> tokens,
              const BlockExtras& extras) const {
    const std::uint64_t local = local_hash(tokens, extras);
    if (is_first) return widened(local);
    const std::array<std::uint64_t, 2> pair{parent.words[0], local};
    return widened(xxh3_64(std::as_bytes(std::span(pair)), kSeed));
  }

  /// Of the block alone, wherever it stands.
  std::uint64_t local_hash(std::span<const Token> tokens, const BlockExtras& extras) const {
    std::uint64_t seed = kSeed;
    if (!extras.lora.empty()) seed += xxh3_64(bytes_of(extras.lora), 0);
    if (!extras.salt.empty()) seed += xxh3_64(bytes_of(extras.salt), 1);
    if (extras.multimodal.empty()) return xxh3_64(std::as_bytes(tokens), seed);
    std::vector<std::uint64_t> hashes;
    for (const MultimodalKey& key : extras.multimodal) {
      hashes.push_back(number_of_hex(key.hash, kName));
    }
    std::sort(hashes.begin(), hashes.end());
    Bytes out;
    append_tokens(out, tokens);
    append(out, std::as_bytes(std::span(hashes)));
    return xxh3_64(out, seed);
  }

 private:
  static constexpr std::uint64_t kSeed = 1337;
};

static_assert(ChainScheme<Dynamo>);

}  // namespace kvsim
