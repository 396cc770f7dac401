#pragma once

#include <highwayhash/c_bindings.h>

#include <algorithm>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// HighwayHash with 64 bits, by libhighwayhash, which picks AVX2, SSE4.1 or plain code at run time.
/// Its key of 256 bits is the seed followed by zeros. Meant as a keyed hash; the attacks known are
/// on reduced forms.
class HighwayHash64 {
 public:
  static constexpr std::string_view kName = "highwayhash64";
  static constexpr std::string_view kDoc =
      "HighwayHash, 64 bits, the seed as key (libhighwayhash; Alakuijala et al. 2016, "
      "arXiv:1612.06257).";
  static constexpr HashTraits kTraits{64, true, HashStrength::kKeyed};
  using Value = Digest64;
  struct Config {};

  HighwayHash64(const Config&, std::uint64_t seed) : key_{seed, 0, 0, 0} {}
  /// With a whole key.
  explicit HighwayHash64(std::span<const std::uint64_t, 4> key) {
    std::copy(key.begin(), key.end(), key_);
  }

  Value operator()(std::span<const std::byte> key) const {
    return ::HighwayHash64(key_, reinterpret_cast<const char*>(key.data()), key.size());
  }

 private:
  alignas(32) std::uint64_t key_[4];  // HHKey
};

static_assert(HashFunction<HighwayHash64>);

}  // namespace kvsim
