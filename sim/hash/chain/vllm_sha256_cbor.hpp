#pragma once

#include "sim/hash/chain/vllm.hpp"

namespace kvsim {

/// vLLM's `--prefix-caching-hash-algo sha256_cbor`: SHA-256 over canonical CBOR, the same in any
/// language. VllmChain says which version is mirrored and how it differs.
class VllmSha256Cbor : public VllmChain<CborWriter, VllmSha256Function> {
 public:
  static constexpr std::string_view kName = "vllm_sha256_cbor";
  static constexpr std::string_view kDoc =
      "SHA-256 over canonical CBOR of [parent, tokens, extra keys] (vLLM 0.22, sha256_cbor).";
  using Config = VllmSha256Config;

  explicit VllmSha256Cbor(const Config& config) : VllmChain(config.seed) {}
};

static_assert(ChainScheme<VllmSha256Cbor>);

}  // namespace kvsim
