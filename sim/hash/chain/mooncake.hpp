#pragma once

#include <string>

#include "sim/hash/chain/bytes.hpp"
#include "sim/hash/chain/concept.hpp"

namespace kvsim {

/// Mooncake's conductor, which tells routers what each instance holds: XXH64, seed 0, of the
/// parent's as little-endian u64 and the tokens as u32; the first block's parent is XXH64 of the
/// request's salt, or of the configured one.
///
/// Mirrors kvcache-ai/Mooncake, early 2026: mooncake-conductor/conductor-ctrl/prefixindex
/// (computeHash, ComputePrefixHash). Differences: LoRA adapters and models have tables of their own
/// there and are no part of the key here; multimodal inputs are not seen. The conductor's later C++
/// form follows the engine instead: take `vllm_sha256`, `vllm_sha256_cbor` or `sglang_hicache`. How
/// the hash_ids of Mooncake's published traces were made is not public beyond that they chain
/// blocks of 512 tokens and were then numbered; Mooncake Store takes its keys from the engine.
class Mooncake {
 public:
  static constexpr std::string_view kName = "mooncake";
  static constexpr std::string_view kDoc =
      "XXH64 of the parent's hash and tokens as little-endian u32 (Mooncake conductor, early 2026, "
      "prefixindex).";
  struct Config {
    std::string salt;
    static auto fields() {
      return std::tuple{
          field("salt", &Config::salt, "additional_salt, for requests without one of their own.")};
    }
  };

  explicit Mooncake(const Config& config) : root_(xxh64(bytes_of(config.salt))) {}

  std::string_view hash_name() const { return "xxh64"; }
  unsigned bits() const { return 64; }
  Digest root() const { return widened(root_); }

  Digest next(const Digest& parent, bool is_first, std::span<const Token> tokens,
              const BlockExtras& extras) const {
    const bool is_salted = is_first && !extras.salt.empty();
    Bytes out;
    out.reserve(8 + 4 * tokens.size());
    append_little_endian(out, is_salted ? xxh64(bytes_of(extras.salt)) : parent.words[0], 8);
    append_tokens(out, tokens);
    return widened(xxh64(out));
  }

 private:
  std::uint64_t root_;
};

static_assert(ChainScheme<Mooncake>);

}  // namespace kvsim
