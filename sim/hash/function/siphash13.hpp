#pragma once

#include <highwayhash/sip_hash.h>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// SipHash-1-3, by libhighwayhash's header: SipHash-2-4 with half the rounds, as Rust's and
/// Python's tables use it. Its key of 128 bits is the seed followed by zeros. No attack is known.
class SipHash13 {
 public:
  static constexpr std::string_view kName = "siphash13";
  static constexpr std::string_view kDoc =
      "SipHash-1-3, the seed as key (libhighwayhash; Aumasson and Bernstein 2012).";
  static constexpr HashTraits kTraits{64, true, HashStrength::kKeyed};
  using Value = Digest64;
  struct Config {};

  SipHash13(const Config&, std::uint64_t seed) : key_{seed, 0} {}
  /// With a whole key.
  explicit SipHash13(std::span<const std::uint64_t, 2> key) : key_{key[0], key[1]} {}

  Value operator()(std::span<const std::byte> key) const {
    // The library copies from the key even where there is nothing to copy.
    const char* chars = key.empty() ? "" : reinterpret_cast<const char*>(key.data());
    return ::highwayhash::SipHash13(key_, chars, key.size());
  }

 private:
  highwayhash::HH_U64 key_[2];
};

static_assert(HashFunction<SipHash13>);

}  // namespace kvsim
