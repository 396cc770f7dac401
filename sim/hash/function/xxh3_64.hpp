#pragma once

#include <xxhash.h>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// XXH3 with 64 bits, by libxxhash. Keys of 32 to 240 bytes, which blocks of 16 tokens are, hold a
/// pair that collides with probability 2^-27 over random seeds (Cyan4973/xxHash issue 1127): the
/// seed does not keep an adversary out.
class Xxh3_64 {
 public:
  static constexpr std::string_view kName = "xxh3_64";
  static constexpr std::string_view kDoc =
      "XXH3, 64 bits (libxxhash; Collet, xxHash specification 0.8).";
  static constexpr HashTraits kTraits{64, true, HashStrength::kStatistical};
  using Value = Digest64;
  struct Config {};

  Xxh3_64(const Config&, std::uint64_t seed) : seed_(seed) {}

  Value operator()(std::span<const std::byte> key) const {
    // Seed 0 is the plain hash, which has its seed's part of the work done.
    return seed_ == 0 ? XXH3_64bits(key.data(), key.size())
                      : XXH3_64bits_withSeed(key.data(), key.size(), seed_);
  }

 private:
  std::uint64_t seed_;
};

static_assert(HashFunction<Xxh3_64>);

}  // namespace kvsim
