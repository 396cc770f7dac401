#pragma once

#include "sim/hash/chain/vllm.hpp"

namespace kvsim {

/// vLLM's `--prefix-caching-hash-algo sha256`: SHA-256 over pickle, the default since 0.10.2.
/// VllmChain says which version is mirrored and how it differs.
class VllmSha256 : public VllmChain<PickleWriter, VllmSha256Function> {
 public:
  static constexpr std::string_view kName = "vllm_sha256";
  static constexpr std::string_view kDoc =
      "SHA-256 over Python's pickle of (parent, tokens, extra keys) (vLLM 0.22, sha256, the "
      "default).";
  using Config = VllmSha256Config;

  explicit VllmSha256(const Config& config) : VllmChain(config.seed) {}
};

static_assert(ChainScheme<VllmSha256>);

}  // namespace kvsim
