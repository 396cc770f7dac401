#pragma once

#include <wyhash/wyhash.h>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// wyhash, "final version", with its default secret, by the header of libwyhash-dev. A product in
/// it that meets a zero forgets the other factor: who knows the secret, which is public, writes
/// colliding keys for every seed.
class Wyhash {
 public:
  static constexpr std::string_view kName = "wyhash";
  static constexpr std::string_view kDoc =
      "wyhash with its default secret (libwyhash-dev; Wang Yi, final version).";
  static constexpr HashTraits kTraits{64, true, HashStrength::kStatistical};
  using Value = Digest64;
  struct Config {};

  Wyhash(const Config&, std::uint64_t seed) : seed_(seed) {}

  Value operator()(std::span<const std::byte> key) const {
    return wyhash(key.data(), key.size(), seed_, _wyp);
  }

 private:
  std::uint64_t seed_;
};

static_assert(HashFunction<Wyhash>);

}  // namespace kvsim
