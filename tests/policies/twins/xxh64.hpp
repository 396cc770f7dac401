#pragma once

#include <bit>
#include <cstdint>

namespace kvsim::twins {

/// XXH64 of one 64-bit word, from the algorithm's specification (an input of exactly eight bytes).
inline std::uint64_t xxh64(std::uint64_t word, std::uint64_t seed) {
  constexpr std::uint64_t kPrime1 = 11400714785074694791u;
  constexpr std::uint64_t kPrime2 = 14029467366897019727u;
  constexpr std::uint64_t kPrime3 = 1609587929392839161u;
  constexpr std::uint64_t kPrime4 = 9650029242287828579u;
  constexpr std::uint64_t kPrime5 = 2870177450012600261u;
  std::uint64_t hash = seed + kPrime5 + 8;
  hash ^= std::rotl(word * kPrime2, 31) * kPrime1;
  hash = std::rotl(hash, 27) * kPrime1 + kPrime4;
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

}  // namespace kvsim::twins
