#pragma once

#include "sim/hash/device/message.hpp"

namespace kvsim::device {

/// The primes of XXH64 and XXH3, and the last step that they share.
inline constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87;
inline constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4F;
inline constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9;
inline constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63;
inline constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5;

KVSIM_HOST_DEVICE inline std::uint64_t xxh64_avalanche(std::uint64_t x) {
  x = (x ^ x >> 33) * kPrime2;
  x = (x ^ x >> 29) * kPrime3;
  return x ^ x >> 32;
}

/// XXH64, by the xxHash specification 0.1.1.
struct Xxh64 {
  static constexpr const char* kName = "xxh64";

  template <class Message>
  KVSIM_HOST_DEVICE static DigestWords digest(const Message& message, std::uint64_t seed) {
    const std::uint64_t size = message.size();
    std::uint64_t at = 0;
    std::uint64_t h = seed + kPrime5;
    if (size >= 32) {
      std::uint64_t lane[4] = {seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1};
      for (; at + 32 <= size; at += 32) {
        for (unsigned i = 0; i < 4; ++i) lane[i] = round(lane[i], message.u64(at + 8 * i));
      }
      h = rotated_left(lane[0], 1) + rotated_left(lane[1], 7) + rotated_left(lane[2], 12) +
          rotated_left(lane[3], 18);
      for (const std::uint64_t each : lane) h = (h ^ round(0, each)) * kPrime1 + kPrime4;
    }
    h += size;
    for (; at + 8 <= size; at += 8) {
      h = rotated_left(h ^ round(0, message.u64(at)), 27) * kPrime1 + kPrime4;
    }
    if (at + 4 <= size) {
      h = rotated_left(h ^ message.u32(at) * kPrime1, 23) * kPrime2 + kPrime3;
      at += 4;
    }
    for (; at < size; ++at) {
      h = rotated_left(h ^ message.u8(at) * kPrime5, 11) * kPrime1;
    }
    return {{xxh64_avalanche(h), 0, 0, 0}};
  }

 private:
  KVSIM_HOST_DEVICE static std::uint64_t round(std::uint64_t lane, std::uint64_t word) {
    return rotated_left(lane + word * kPrime2, 31) * kPrime1;
  }
};

}  // namespace kvsim::device
