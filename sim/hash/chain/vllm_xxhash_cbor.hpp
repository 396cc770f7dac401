#pragma once

#include "sim/hash/chain/vllm.hpp"

namespace kvsim {

/// vLLM's `--prefix-caching-hash-algo xxhash_cbor`: XXH3 with 128 bits over canonical CBOR; an
/// adversary can collide it. VllmChain says which version is mirrored and how it differs.
class VllmXxhashCbor : public VllmChain<CborWriter, VllmXxhashFunction> {
 public:
  static constexpr std::string_view kName = "vllm_xxhash_cbor";
  static constexpr std::string_view kDoc =
      "XXH3-128 over canonical CBOR of [parent, tokens, extra keys] (vLLM 0.22, xxhash_cbor).";
  using Config = VllmXxhashConfig;

  explicit VllmXxhashCbor(const Config& config) : VllmChain(config.seed) {}
};

static_assert(ChainScheme<VllmXxhashCbor>);

}  // namespace kvsim
