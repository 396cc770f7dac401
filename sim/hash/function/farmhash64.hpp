#pragma once

#include <farmhash.h>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// FarmHash's Fingerprint64, by libfarmhash: its form whose values never change (Hash64 differs by
/// processor and by how the library was compiled). A seed other than 0 is mixed with the finished
/// value, by the library's Fingerprint of 128 bits: keys that collide do so under every seed.
class FarmHash64 {
 public:
  static constexpr std::string_view kName = "farmhash64";
  static constexpr std::string_view kDoc =
      "FarmHash's Fingerprint64; with a seed, Fingerprint of both (libfarmhash; Pike 2014).";
  static constexpr HashTraits kTraits{64, true, HashStrength::kStatistical};
  using Value = Digest64;
  struct Config {};

  FarmHash64(const Config&, std::uint64_t seed) : seed_(seed) {}

  Value operator()(std::span<const std::byte> key) const {
    const std::uint64_t value =
        util::Fingerprint64(reinterpret_cast<const char*>(key.data()), key.size());
    return seed_ == 0 ? value : util::Fingerprint(util::Uint128(value, seed_));
  }

 private:
  std::uint64_t seed_;
};

static_assert(HashFunction<FarmHash64>);

}  // namespace kvsim
