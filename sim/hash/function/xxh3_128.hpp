#pragma once

#include <xxhash.h>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// XXH3 with 128 bits, by libxxhash: word 0 is its low half, so that the digest is the number that
/// libxxhash means (XXH128_canonicalFromHash writes the halves the other way round). The seed
/// changes the digests but keeps no adversary out, as with xxh3_64.
class Xxh3_128 {
 public:
  static constexpr std::string_view kName = "xxh3_128";
  static constexpr std::string_view kDoc =
      "XXH3, 128 bits (libxxhash; Collet, xxHash specification 0.8).";
  static constexpr HashTraits kTraits{128, true, HashStrength::kStatistical};
  using Value = Digest128;
  struct Config {};

  Xxh3_128(const Config&, std::uint64_t seed) : seed_(seed) {}

  Value operator()(std::span<const std::byte> key) const {
    // Seed 0 is the plain hash, which has its seed's part of the work done.
    const XXH128_hash_t hash = seed_ == 0 ? XXH3_128bits(key.data(), key.size())
                                          : XXH3_128bits_withSeed(key.data(), key.size(), seed_);
    return {{hash.low64, hash.high64}};
  }

 private:
  std::uint64_t seed_;
};

static_assert(HashFunction<Xxh3_128>);

}  // namespace kvsim
