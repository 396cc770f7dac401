#pragma once

#include "sim/hash/chain/vllm.hpp"

namespace kvsim {

/// vLLM's `--prefix-caching-hash-algo xxhash`: XXH3 with 128 bits over pickle; an adversary can
/// collide it. VllmChain says which version is mirrored and how it differs.
class VllmXxhash : public VllmChain<PickleWriter, VllmXxhashFunction> {
 public:
  static constexpr std::string_view kName = "vllm_xxhash";
  static constexpr std::string_view kDoc =
      "XXH3-128 over Python's pickle of (parent, tokens, extra keys) (vLLM 0.22, xxhash).";
  using Config = VllmXxhashConfig;

  explicit VllmXxhash(const Config& config) : VllmChain(config.seed) {}
};

static_assert(ChainScheme<VllmXxhash>);

}  // namespace kvsim
