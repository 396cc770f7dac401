#pragma once

#include <xxhash.h>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// XXH64, by libxxhash. Each of its steps can be undone, so that who knows the seed writes down
/// colliding keys: it is not meant to keep an adversary out.
class Xxh64 {
 public:
  static constexpr std::string_view kName = "xxh64";
  static constexpr std::string_view kDoc = "XXH64 (libxxhash; Collet, xxHash specification 0.1.1).";
  static constexpr HashTraits kTraits{64, true, HashStrength::kStatistical};
  using Value = Digest64;
  struct Config {};

  Xxh64(const Config&, std::uint64_t seed) : seed_(seed) {}

  Value operator()(std::span<const std::byte> key) const {
    return XXH64(key.data(), key.size(), seed_);
  }

 private:
  std::uint64_t seed_;
};

static_assert(HashFunction<Xxh64>);

}  // namespace kvsim
