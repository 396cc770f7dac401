#pragma once

#include <string>

#include "sim/hash/chain/cbor.hpp"
#include "sim/hash/chain/concept.hpp"

namespace kvsim {

/// llm-d's index of which pod holds which block. By default FNV-1a with 64 bits over canonical CBOR
/// of [parent's, tokens, extra], where extra is null or the hashes of the block's multimodal inputs
/// as a list of {"Hash": …}; or XXH64 over the parent's as little-endian u64, the tokens as u32 and
/// each of those hashes behind its length as u64. Offsets are no part of either. The first block's
/// parent is the digest of [digest of the seed, null, name of the model]: a request for a LoRA
/// adapter names it as its model, and that is all that tells adapters apart. A salt is not seen.
///
/// Mirrors llm-d-router of 2026: pkg/kvcache/kvblock/token_processor.go, extra_keys.go.
/// Differences: its forerunner llm-d-kv-cache wrote {"Hash", "Offset"} for a while, and took
/// SHA-256 at first.
class LlmD {
 public:
  static constexpr std::string_view kName = "llm_d";
  static constexpr std::string_view kDoc =
      "FNV-1a 64 over canonical CBOR of [parent, tokens, extra], or XXH64 over raw bytes "
      "(llm-d-router 2026, kvblock/token_processor.go).";

  enum class Algorithm { kCborFnv, kXxh64 };
  struct Config {
    Algorithm algorithm = Algorithm::kCborFnv;
    std::string seed;
    std::string model;
    static auto fields() {
      return std::tuple{
          field("algorithm", &Config::algorithm, {"cbor_fnv", "xxh64"}, "hashAlgorithm."),
          field("seed", &Config::seed, "hashSeed, which should be the engines' PYTHONHASHSEED."),
          field("model", &Config::model, "Name of the model in requests without an adapter.")};
    }
  };

  explicit LlmD(const Config& config)
      : algorithm_(config.algorithm),
        seed_(is_cbor() ? fnv1a_64(bytes_of(config.seed)) : xxh64(bytes_of(config.seed))),
        root_(root_of(config.model)) {}

  std::string_view hash_name() const { return is_cbor() ? "fnv1a_64" : "xxh64"; }
  unsigned bits() const { return 64; }
  Digest root() const { return widened(root_); }

  Digest next(const Digest& parent, bool is_first, std::span<const Token> tokens,
              const BlockExtras& extras) const {
    const std::uint64_t before =
        is_first && !extras.lora.empty() ? root_of(extras.lora) : parent.words[0];
    Bytes out;
    out.reserve(16 + 5 * tokens.size());
    if (!is_cbor()) {
      append_little_endian(out, before, 8);
      append_tokens(out, tokens);
      for (const MultimodalKey& key : extras.multimodal) append_sized(out, key.hash);
      return widened(xxh64(out));
    }
    CborWriter writer(out);
    writer.begin_tuple(3);
    writer.unsigned_integer(before);
    writer.tokens(tokens);
    if (extras.multimodal.empty()) {
      writer.none();
    } else {
      writer.begin_tuple(extras.multimodal.size());
      for (const MultimodalKey& key : extras.multimodal) {
        writer.begin_map(1);
        writer.text("Hash");
        writer.text(key.hash);
      }
    }
    return widened(fnv1a_64(out));
  }

 private:
  bool is_cbor() const { return algorithm_ == Algorithm::kCborFnv; }

  static void append_sized(Bytes& out, std::string_view text) {
    append_little_endian(out, text.size(), 8);
    append(out, bytes_of(text));
  }

  std::uint64_t root_of(std::string_view model) const {
    Bytes out;
    if (!is_cbor()) {
      append_little_endian(out, seed_, 8);
      append_sized(out, model);
      return xxh64(out);
    }
    CborWriter writer(out);
    writer.begin_tuple(3);
    writer.unsigned_integer(seed_);
    writer.none();
    writer.text(model);
    return fnv1a_64(out);
  }

  Algorithm algorithm_;
  std::uint64_t seed_;
  std::uint64_t root_;
};

static_assert(ChainScheme<LlmD>);

}  // namespace kvsim
