#pragma once

#include <farmhash.h>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// FarmHash's Hash64, by libfarmhash; with a seed other than 0, its Hash64WithSeed. For keys of up
/// to 64 bytes that mixes the seed into the finished digest: keys that collide do so under every
/// seed. The library promises the same digests within one build of it only.
class FarmHash64 {
 public:
  static constexpr std::string_view kName = "farmhash64";
  static constexpr std::string_view kDoc =
      "FarmHash's Hash64, Hash64WithSeed where the seed is not 0 (libfarmhash; Pike 2014).";
  static constexpr HashTraits kTraits{64, true, HashStrength::kStatistical};
  using Value = Digest64;
  struct Config {};

  FarmHash64(const Config&, std::uint64_t seed) : seed_(seed) {}

  Value operator()(std::span<const std::byte> key) const {
    const auto* chars = reinterpret_cast<const char*>(key.data());
    return seed_ == 0 ? util::Hash64(chars, key.size())
                      : util::Hash64WithSeed(chars, key.size(), seed_);
  }

 private:
  std::uint64_t seed_;
};

static_assert(HashFunction<FarmHash64>);

}  // namespace kvsim
