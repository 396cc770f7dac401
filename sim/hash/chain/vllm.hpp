#pragma once
// What vLLM's four ways to hash a block share.

#include <string_view>

#include "sim/hash/chain/cbor.hpp"
#include "sim/hash/chain/concept.hpp"
#include "sim/hash/chain/pickle.hpp"

namespace kvsim {

/// vLLM's function names (vllm/utils/hashing.py).
struct VllmSha256Function {
  static constexpr std::string_view kName = "sha256";
  static constexpr unsigned kBits = 256;
  Digest operator()(std::span<const std::byte> bytes) const { return sha256(bytes); }
};
struct VllmXxhashFunction {
  static constexpr std::string_view kName = "xxh3_128";
  static constexpr unsigned kBits = 128;
  Digest operator()(std::span<const std::byte> bytes) const { return xxh3_128(bytes); }
};

/// The digest of a block: of (parent's digest, tuple of token ids, extra keys or None), written by
/// Writer. Extra keys are the LoRA adapter's name, (hash, offset) of each multimodal input in the
/// block, the salt in a request's first block, and the digest of prompt embeddings, in this order.
/// NONE_HASH, the first block's parent, is the digest of the seed's text.
///
/// Mirrors vLLM 0.22: vllm/v1/core/kv_cache_utils.py (hash_block_tokens,
/// generate_block_hash_extra_keys, init_none_hash) and vllm/utils/hashing.py. Differences: the
/// group id that vLLM appends to a block's key, which tells layers' groups apart, is left out.
template <class Writer, class Function>
class VllmChain {
 public:
  explicit VllmChain(std::string_view seed) : root_(digest_of_text(seed)) {}

  std::string_view hash_name() const { return Function::kName; }
  unsigned bits() const { return Function::kBits; }
  Digest root() const { return root_; }

  Digest next(const Digest& parent, bool is_first, std::span<const Token> tokens,
              const BlockExtras& extras) const {
    Bytes out;
    out.reserve(64 + 5 * tokens.size());
    Writer writer(out);
    writer.begin_tuple(3);
    writer.bytes(bytes_of(parent, Function::kBits / 8));
    writer.tokens(tokens);
    write_extras(writer, is_first ? extras.salt : std::string_view{}, extras);
    writer.end_tuple(3);
    writer.finish();
    return Function{}(out);
  }

 private:
  static Digest digest_of_text(std::string_view text) {
    Bytes out;
    Writer writer(out);
    writer.text(text);
    writer.finish();
    return Function{}(out);
  }

  static void write_extras(Writer& writer, std::string_view salt, const BlockExtras& extras) {
    const std::size_t items = extras.multimodal.size() + (extras.lora.empty() ? 0 : 1) +
                              (salt.empty() ? 0 : 1) + (extras.embeddings.empty() ? 0 : 1);
    if (items == 0) {
      writer.none();
      return;
    }
    writer.begin_tuple(items);
    if (!extras.lora.empty()) writer.text(extras.lora);
    for (const MultimodalKey& key : extras.multimodal) {
      writer.begin_tuple(2);
      writer.text(key.hash);
      writer.integer(key.offset);
      writer.end_tuple(2);
    }
    if (!salt.empty()) writer.text(salt);
    if (!extras.embeddings.empty()) writer.bytes(extras.embeddings);
    writer.end_tuple(items);
  }

  Digest root_;
};

/// What NONE_HASH is made of: the text of PYTHONHASHSEED. Where that is not set, vLLM takes a text
/// of its own for SHA-256 (since pull request 51875, August 2026), and for XXH3 32 random bytes,
/// which no replay can repeat; before, 32 random bytes for all.
struct VllmSha256Config {
  std::string seed = "vllm-none-hash";
  static auto fields() {
    return std::tuple{field("seed", &VllmSha256Config::seed,
                            "PYTHONHASHSEED, of whose text NONE_HASH is the digest; the default is "
                            "what vLLM takes since August 2026 where it is not set.")};
  }
};
struct VllmXxhashConfig {
  std::string seed = "0";
  static auto fields() {
    return std::tuple{field("seed", &VllmXxhashConfig::seed,
                            "PYTHONHASHSEED, of whose text NONE_HASH is the digest; where it is "
                            "not set, vLLM's is random.")};
  }
};

}  // namespace kvsim
