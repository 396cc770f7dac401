#pragma once

#include "sim/hash/device/xxh64.hpp"

namespace kvsim::device {

/// XXH3 with 64 bits and the default secret, by the xxHash specification 0.2.0.
struct Xxh3 {
  static constexpr const char* kName = "xxh3_64";

  template <class Message>
  KVSIM_HOST_DEVICE static DigestWords digest(const Message& message, std::uint64_t seed) {
    const std::uint64_t size = message.size();
    return {{size <= 16    ? small(message, seed)
             : size <= 128 ? paired(message, seed)
             : size <= 240 ? chunked(message, seed)
                           : large(message, seed),
             0, 0, 0}};
  }

 private:
  static constexpr std::uint64_t kShortPrime1 = 0x9E3779B1;
  static constexpr std::uint64_t kShortPrime2 = 0x85EBCA77;
  static constexpr std::uint64_t kShortPrime3 = 0xC2B2AE3D;
  static constexpr std::uint64_t kMixer1 = 0x165667919E3779F9;
  static constexpr std::uint64_t kMixer2 = 0x9FB21C651E98DF25;

  // A word of the secret. Where long messages are hashed, the seed is added to its even words and
  // taken from its odd ones.
  KVSIM_HOST_DEVICE static std::uint64_t secret_word(unsigned i, std::uint64_t seed) {
    static constexpr std::uint64_t kSecret[24] = {
        0xbe4ba423396cfeb8, 0x1cad21f72c81017c, 0xdb979083e96dd4de, 0x1f67b3b7a4a44072,
        0x78e5c0cc4ee679cb, 0x2172ffcc7dd05a82, 0x8e2443f7744608b8, 0x4c263a81e69035e0,
        0xcb00c391bb52283c, 0xa32e531b8b65d088, 0x4ef90da297486471, 0xd8acdea946ef1938,
        0x3f349ce33f76faa8, 0x1d4f0bc7c7bbdcf9, 0x3159b4cd4be0518a, 0x647378d9c97e9fc8,
        0xc3ebd33483acc5ea, 0xeb6313faffa081c5, 0x49daf0b751dd0d17, 0x9e68d429265516d3,
        0xfca1477d58be162b, 0xce31d07ad1b8f88f, 0x280416958f3acb45, 0x7e404bbbcafbd7af};
    return i % 2 == 0 ? kSecret[i] + seed : kSecret[i] - seed;
  }
  // Eight bytes of it, from any byte on.
  KVSIM_HOST_DEVICE static std::uint64_t secret(unsigned at, std::uint64_t seed) {
    const unsigned shift = 8 * (at % 8);
    const std::uint64_t low = secret_word(at / 8, seed) >> shift;
    return shift == 0 ? low : low | secret_word(at / 8 + 1, seed) << (64 - shift);
  }

  KVSIM_HOST_DEVICE static std::uint64_t avalanche(std::uint64_t x) {
    x = (x ^ x >> 37) * kMixer1;
    return x ^ x >> 32;
  }
  // The two halves of the product of 128 bits, combined.
  KVSIM_HOST_DEVICE static std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  template <class Message>
  KVSIM_HOST_DEVICE static std::uint64_t mixed(const Message& message, std::uint64_t at,
                                               unsigned secret_at, std::uint64_t seed) {
    return folded_product(message.u64(at) ^ (secret(secret_at, 0) + seed),
                          message.u64(at + 8) ^ (secret(secret_at + 8, 0) - seed));
  }

  // 0 to 16 bytes.
  template <class Message>
  KVSIM_HOST_DEVICE static std::uint64_t small(const Message& message, std::uint64_t seed) {
    const std::uint64_t size = message.size();
    if (size == 0) return xxh64_avalanche(seed ^ secret(56, 0) ^ secret(64, 0));
    if (size <= 3) {
      const std::uint64_t bytes = message.u8(size - 1) | size << 8 |
                                  std::uint64_t{message.u8(0)} << 16 |
                                  std::uint64_t{message.u8(size >> 1)} << 24;
      const std::uint64_t words = secret(0, 0);
      return xxh64_avalanche((((words ^ words >> 32) & 0xffffffff) + seed) ^ bytes);
    }
    if (size <= 8) {
      const std::uint64_t bytes = message.u32(size - 4) | std::uint64_t{message.u32(0)} << 32;
      seed ^= std::uint64_t{swapped_bytes(static_cast<std::uint32_t>(seed))} << 32;
      std::uint64_t x = ((secret(8, 0) ^ secret(16, 0)) - seed) ^ bytes;
      x ^= rotated_left(x, 49) ^ rotated_left(x, 24);
      x *= kMixer2;
      x ^= (x >> 35) + size;
      x *= kMixer2;
      return x ^ x >> 28;
    }
    const std::uint64_t low = ((secret(24, 0) ^ secret(32, 0)) + seed) ^ message.u64(0);
    const std::uint64_t high = ((secret(40, 0) ^ secret(48, 0)) - seed) ^ message.u64(size - 8);
    return avalanche(size + swapped_bytes(low) + high + folded_product(low, high));
  }

  // 17 to 128 bytes: pieces of 16, as many from the end as from the start.
  template <class Message>
  KVSIM_HOST_DEVICE static std::uint64_t paired(const Message& message, std::uint64_t seed) {
    const std::uint64_t size = message.size();
    const auto pairs = static_cast<unsigned>((size - 1) / 32 + 1);
    std::uint64_t sum = size * kPrime1;
    for (unsigned i = 0; i < pairs; ++i) {
      sum += mixed(message, 16 * i, 32 * i, seed);
      sum += mixed(message, size - 16 * i - 16, 32 * i + 16, seed);
    }
    return avalanche(sum);
  }

  // 129 to 240 bytes.
  template <class Message>
  KVSIM_HOST_DEVICE static std::uint64_t chunked(const Message& message, std::uint64_t seed) {
    const std::uint64_t size = message.size();
    std::uint64_t sum = size * kPrime1;
    for (unsigned i = 0; i < 8; ++i) sum += mixed(message, 16 * i, 16 * i, seed);
    sum = avalanche(sum);
    for (unsigned i = 8; i < size / 16; ++i) {
      sum += mixed(message, 16 * i, 16 * (i - 8) + 3, seed);
    }
    return avalanche(sum + mixed(message, size - 16, 119, seed));
  }

  // More: stripes of 64 bytes into eight lanes, which are scrambled after every 16 stripes.
  template <class Message>
  KVSIM_HOST_DEVICE static std::uint64_t large(const Message& message, std::uint64_t seed) {
    const std::uint64_t size = message.size();
    std::uint64_t lane[8] = {kShortPrime3, kPrime1,      kPrime2, kPrime3,
                             kPrime4,      kShortPrime2, kPrime5, kShortPrime1};
    for (std::uint64_t at = 0; at + 64 < size; at += 64) {
      const auto stripe = static_cast<unsigned>(at / 64 % 16);
      accumulate(lane, message, at, 8 * stripe, seed);
      if (stripe < 15) continue;
      for (unsigned i = 0; i < 8; ++i) {
        lane[i] = (lane[i] ^ lane[i] >> 47 ^ secret(128 + 8 * i, seed)) * kShortPrime1;
      }
    }
    accumulate(lane, message, size - 64, 121, seed);
    std::uint64_t sum = size * kPrime1;
    for (unsigned i = 0; i < 8; i += 2) {
      sum += folded_product(lane[i] ^ secret(11 + 8 * i, seed),
                            lane[i + 1] ^ secret(19 + 8 * i, seed));
    }
    return avalanche(sum);
  }

  template <class Message>
  KVSIM_HOST_DEVICE static void accumulate(std::uint64_t (&lane)[8], const Message& message,
                                           std::uint64_t at, unsigned secret_at,
                                           std::uint64_t seed) {
    for (unsigned i = 0; i < 8; ++i) {
      const std::uint64_t word = message.u64(at + 8 * i);
      const std::uint64_t keyed = word ^ secret(secret_at + 8 * i, seed);
      lane[i ^ 1] += word;
      lane[i] += (keyed & 0xffffffff) * (keyed >> 32);
    }
  }
};

}  // namespace kvsim::device
