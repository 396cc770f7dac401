#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "sim/hash/chain/python_hash.hpp"
#include "sim/hash/chain/vllm_sha256.hpp"
#include "sim/hash/chain/vllm_sha256_cbor.hpp"
#include "sim/hash/chain/vllm_xxhash.hpp"
#include "sim/hash/chain/vllm_xxhash_cbor.hpp"

namespace kvsim {

/// LMCache's keys of token chunks, 256 tokens each unless configured: a function of vLLM's, or
/// Python's own hash() (`builtin`, its default), of (parent's, tokens, None), where the first
/// parent is vLLM's NONE_HASH. That is vLLM's chain without extra keys: LoRA adapters, multimodal
/// inputs and salts do not reach the key, so that requests which differ in nothing else share
/// chunks. The last chunk of a prompt may be shorter (save_unfull_chunk).
///
/// Mirrors LMCache at commit 00e744e: lmcache/v1/token_database.py (ChunkedTokenDatabase), beside
/// vLLM 0.22, which has no `builtin` any more: LMCache then falls back to hash(), and NONE_HASH is
/// hash(PYTHONHASHSEED's text). Differences: without vLLM installed the first parent is 0; model,
/// rank and element type, which follow the hash in LMCache's keys, are left out; so is the separate
/// server process (lmcache/v1/multiprocess), which hashes on its own.
class LmCache {
 public:
  static constexpr std::string_view kName = "lmcache";
  static constexpr std::string_view kDoc =
      "Python's hash(), or a function of vLLM's, of (parent, a chunk of 256 tokens, None), without "
      "extra keys (LMCache, token_database.py).";

  enum class Function { kBuiltin, kSha256, kSha256Cbor, kXxhash, kXxhashCbor };
  struct Config {
    Function hash = Function::kBuiltin;
    std::int64_t seed = 0;
    static auto fields() {
      return std::tuple{
          field("hash", &Config::hash,
                {"builtin", "sha256", "sha256_cbor", "xxhash", "xxhash_cbor"},
                "pre_caching_hash_algorithm."),
          field("seed", &Config::seed, 0, 4294967295.0,
                "PYTHONHASHSEED, which LMCache asks to set: it is what makes the first parent.")};
    }
  };

  explicit LmCache(const Config& config) : chain_(chosen(config)) {}

  std::string_view hash_name() const {
    return std::visit([](const auto& chain) { return chain.hash_name(); }, chain_);
  }
  unsigned bits() const {
    return std::visit([](const auto& chain) { return chain.bits(); }, chain_);
  }
  Digest root() const {
    return std::visit([](const auto& chain) { return chain.root(); }, chain_);
  }
  Digest next(const Digest& parent, bool is_first, std::span<const Token> tokens,
              const BlockExtras&) const {
    return std::visit(
        [&](const auto& chain) { return chain.next(parent, is_first, tokens, BlockExtras{}); },
        chain_);
  }

 private:
  class Builtin {
   public:
    explicit Builtin(std::int64_t seed)
        : root_(python_hash(std::to_string(seed), static_cast<std::uint32_t>(seed))) {}

    std::string_view hash_name() const { return "cpython"; }
    unsigned bits() const { return 64; }
    Digest root() const { return widened(static_cast<std::uint64_t>(root_)); }
    Digest next(const Digest& parent, bool, std::span<const Token> tokens,
                const BlockExtras&) const {
      const auto before = static_cast<std::int64_t>(parent.words[0]);
      return widened(static_cast<std::uint64_t>(python_hash(before, tokens)));
    }

   private:
    std::int64_t root_;
  };
  using AnyChain = std::variant<Builtin, VllmSha256, VllmSha256Cbor, VllmXxhash, VllmXxhashCbor>;

  static AnyChain chosen(const Config& config) {
    const std::string seed = std::to_string(config.seed);
    switch (config.hash) {
      case Function::kSha256:
        return VllmSha256({seed});
      case Function::kSha256Cbor:
        return VllmSha256Cbor({seed});
      case Function::kXxhash:
        return VllmXxhash({seed});
      case Function::kXxhashCbor:
        return VllmXxhashCbor({seed});
      case Function::kBuiltin:
        break;
    }
    return Builtin(config.seed);
  }

  AnyChain chain_;
};

static_assert(ChainScheme<LmCache>);

}  // namespace kvsim
