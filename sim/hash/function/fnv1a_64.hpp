#pragma once

#include "sim/hash/concept.hpp"

namespace kvsim {

/// FNV-1a with 64 bits, a byte at a time. Without a seed, and each step can be undone: colliding
/// keys are found at once. Slow on long keys; its low bits depend on the low bits of the bytes
/// only.
class Fnv1a_64 {
 public:
  static constexpr std::string_view kName = "fnv1a_64";
  static constexpr std::string_view kDoc = "FNV-1a, 64 bits (Fowler, Noll and Vo 1991).";
  static constexpr HashTraits kTraits{64, false, HashStrength::kStatistical};
  using Value = Digest64;
  struct Config {};

  Fnv1a_64(const Config&, std::uint64_t) {}

  Value operator()(std::span<const std::byte> key) const {
    std::uint64_t h = 0xcbf29ce484222325;
    for (const std::byte b : key) {
      h = (h ^ std::to_integer<std::uint64_t>(b)) * 0x100000001b3;
    }
    return h;
  }
};

static_assert(HashFunction<Fnv1a_64>);

}  // namespace kvsim
