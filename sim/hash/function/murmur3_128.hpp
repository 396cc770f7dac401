#pragma once

#include <murmurhash.h>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// MurmurHash3 for 64-bit processors, 128 bits, by libmurmurhash. It takes a seed of 32 bits:
/// longer ones are folded to that. Keys that collide under every seed can be written down (Aumasson
/// and Bernstein 2012, "SipHash: a fast short-input PRF", section 7).
class Murmur3_128 {
 public:
  static constexpr std::string_view kName = "murmur3_128";
  static constexpr std::string_view kDoc =
      "MurmurHash3 x64, 128 bits, seed folded to 32 bits (libmurmurhash; Appleby, smhasher).";
  static constexpr HashTraits kTraits{128, true, HashStrength::kStatistical};
  using Value = Digest128;
  struct Config {};

  Murmur3_128(const Config&, std::uint64_t seed) : seed_(folded_seed(seed)) {}

  Value operator()(std::span<const std::byte> key) const {
    Value digest;
    lmmh_x64_128(key.data(), static_cast<unsigned>(key.size()), seed_, digest.words.data());
    return digest;
  }

 private:
  std::uint32_t seed_;
};

static_assert(HashFunction<Murmur3_128>);

}  // namespace kvsim
