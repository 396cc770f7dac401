#pragma once

#include "sim/hash/chain/bytes.hpp"
#include "sim/hash/chain/concept.hpp"

namespace kvsim {

/// SGLang's keys of pages in shared storage (HiCache's third level): SHA-256 of the parent's
/// digest, where there is one, and the page's tokens as little-endian u32. Its radix tree in memory
/// compares tokens and hashes nothing.
///
/// Mirrors SGLang of 2026: python/sglang/srt/mem_cache/hicache_storage.py (get_hash_str), which
/// knows neither salt, adapter nor multimodal inputs (its issue 37160). Differences: EAGLE's pairs
/// of tokens and the suffix that names model and rank are left out; events show the first 64 bits.
class SglangHicache {
 public:
  static constexpr std::string_view kName = "sglang_hicache";
  static constexpr std::string_view kDoc =
      "SHA-256 of the parent's digest and tokens as little-endian u32, without extra keys (SGLang "
      "2026, hicache_storage.py).";
  struct Config {};

  explicit SglangHicache(const Config&) {}

  std::string_view hash_name() const { return "sha256"; }
  unsigned bits() const { return 256; }
  /// None: a first page's digest is of its tokens alone.
  Digest root() const { return {}; }

  Digest next(const Digest& parent, bool is_first, std::span<const Token> tokens,
              const BlockExtras&) const {
    if (is_first) return sha256(std::as_bytes(tokens));
    Bytes out;
    out.reserve(32 + 4 * tokens.size());
    append(out, bytes_of(parent, 32));
    append_tokens(out, tokens);
    return sha256(out);
  }
};

static_assert(ChainScheme<SglangHicache>);

}  // namespace kvsim
