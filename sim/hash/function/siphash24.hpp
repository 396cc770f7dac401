#pragma once

#include <highwayhash/sip_hash.h>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// SipHash-2-4, by libhighwayhash's header. Its key of 128 bits is the seed followed by zeros. A
/// keyed hash: who does not know the key finds no collisions faster than by trying.
class SipHash24 {
 public:
  static constexpr std::string_view kName = "siphash24";
  static constexpr std::string_view kDoc =
      "SipHash-2-4, the seed as key (libhighwayhash; Aumasson and Bernstein 2012).";
  static constexpr HashTraits kTraits{64, true, HashStrength::kKeyed};
  using Value = Digest64;
  struct Config {};

  SipHash24(const Config&, std::uint64_t seed) : key_{seed, 0} {}
  /// With a whole key.
  explicit SipHash24(std::span<const std::uint64_t, 2> key) : key_{key[0], key[1]} {}

  Value operator()(std::span<const std::byte> key) const {
    // The library copies from the key even where there is nothing to copy.
    const char* chars = key.empty() ? "" : reinterpret_cast<const char*>(key.data());
    return ::highwayhash::SipHash(key_, chars, key.size());
  }

 private:
  highwayhash::HH_U64 key_[2];
};

static_assert(HashFunction<SipHash24>);

}  // namespace kvsim
