#pragma once

#include "sim/hash/device/message.hpp"

namespace kvsim::device {

/// MurmurHash3 for 64-bit processors, 128 bits, by Appleby's public-domain description. Its seed
/// has 32 bits: longer ones are folded, as folded_seed() does.
struct Murmur3 {
  static constexpr const char* kName = "murmur3_128";

  template <class Message>
  KVSIM_HOST_DEVICE static DigestWords digest(const Message& message, std::uint64_t seed) {
    const std::uint64_t size = message.size();
    std::uint64_t h1 = (seed ^ seed >> 32) & 0xffffffff;
    std::uint64_t h2 = h1;
    std::uint64_t at = 0;
    for (; at + 16 <= size; at += 16) {
      h1 = (rotated_left(h1 ^ first(message.u64(at)), 27) + h2) * 5 + 0x52dce729;
      h2 = (rotated_left(h2 ^ second(message.u64(at + 8)), 31) + h1) * 5 + 0x38495ab5;
    }
    h1 ^= first(rest(message, at));
    h2 ^= second(rest(message, at + 8));
    h1 ^= size;
    h2 ^= size;
    h1 += h2;
    h2 += h1;
    h1 = avalanche(h1);
    h2 = avalanche(h2);
    h1 += h2;
    h2 += h1;
    return {{h1, h2, 0, 0}};
  }

 private:
  static constexpr std::uint64_t kFactor1 = 0x87c37b91114253d5;
  static constexpr std::uint64_t kFactor2 = 0x4cf5ad432745937f;

  KVSIM_HOST_DEVICE static std::uint64_t first(std::uint64_t word) {
    return rotated_left(word * kFactor1, 31) * kFactor2;
  }
  KVSIM_HOST_DEVICE static std::uint64_t second(std::uint64_t word) {
    return rotated_left(word * kFactor2, 33) * kFactor1;
  }
  // The bytes from `at` on, at most eight, padded with zeros.
  template <class Message>
  KVSIM_HOST_DEVICE static std::uint64_t rest(const Message& message, std::uint64_t at) {
    if (at + 8 <= message.size()) return message.u64(at);
    std::uint64_t word = 0;
    for (unsigned i = 0; at + i < message.size(); ++i) {
      word |= std::uint64_t{message.u8(at + i)} << (8 * i);
    }
    return word;
  }
  KVSIM_HOST_DEVICE static std::uint64_t avalanche(std::uint64_t x) {
    x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
    return x ^ x >> 33;
  }
};

}  // namespace kvsim::device
