#pragma once

#include <cstdint>

namespace kvsim {

/// 2^64 over the golden ratio, odd: multiples of it are far apart.
inline constexpr std::uint64_t kGolden64 = 0x9e3779b97f4a7c15;

/// A permutation of the 64-bit numbers in which every input bit moves every output bit: the
/// finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014, with Stafford's "variant 13"
/// constants).
constexpr std::uint64_t scrambled(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace kvsim
