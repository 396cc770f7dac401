#pragma once

#include "sim/hash/device/message.hpp"

namespace kvsim::device {

/// SHA-256, by FIPS 180-4. It has no seed: any is ignored.
struct Sha256 {
  static constexpr const char* kName = "sha256";

  template <class Message>
  KVSIM_HOST_DEVICE static DigestWords digest(const Message& message, std::uint64_t /*seed*/) {
    // The fractional parts of the square roots of the first eight primes.
    std::uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const std::uint64_t size = message.size();
    const std::uint64_t padded = (size + 8) / 64 * 64 + 64;
    for (std::uint64_t at = 0; at < padded; at += 64) {
      std::uint32_t word[16];
      for (unsigned i = 0; i < 16; ++i) word[i] = padded_word(message, at + 4 * i);
      if (at + 64 == padded) {
        word[14] = static_cast<std::uint32_t>(8 * size >> 32);
        word[15] = static_cast<std::uint32_t>(8 * size);
      }
      compress(state, word);
    }
    DigestWords digest;
    for (unsigned i = 0; i < 4; ++i) {
      digest.word[i] = swapped_bytes(state[2 * i]) | std::uint64_t{swapped_bytes(state[2 * i + 1])}
                                                         << 32;
    }
    return digest;
  }

 private:
  // A big-endian word of the message, of the bit that ends it, or of the zeros that follow.
  template <class Message>
  KVSIM_HOST_DEVICE static std::uint32_t padded_word(const Message& message, std::uint64_t at) {
    const std::uint64_t size = message.size();
    if (at + 4 <= size) return swapped_bytes(message.u32(at));
    if (at > size) return 0;
    std::uint32_t word = std::uint32_t{0x80} << (24 - 8 * (size - at));
    for (unsigned i = 0; at + i < size; ++i) {
      word |= std::uint32_t{message.u8(at + i)} << (24 - 8 * i);
    }
    return word;
  }

  KVSIM_HOST_DEVICE static std::uint32_t rotated(std::uint32_t x, unsigned right) {
    return rotated_left(x, 32 - right);
  }

  // The schedule is kept for sixteen rounds only, each word making way for its successor.
  KVSIM_HOST_DEVICE static void compress(std::uint32_t (&state)[8], std::uint32_t (&word)[16]) {
    // The fractional parts of the cube roots of the first 64 primes.
    static constexpr std::uint32_t kRound[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
        0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
        0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
        0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
        0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
        0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
        0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
        0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
        0xc67178f2};
    std::uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    std::uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (unsigned t = 0; t < 64; t += 16) {
      for (unsigned i = 0; i < 16; ++i) {
        if (t > 0) {
          const std::uint32_t x = word[(i + 1) % 16];
          const std::uint32_t y = word[(i + 14) % 16];
          word[i] += (rotated(x, 7) ^ rotated(x, 18) ^ x >> 3) + word[(i + 9) % 16] +
                     (rotated(y, 17) ^ rotated(y, 19) ^ y >> 10);
        }
        const std::uint32_t t1 = h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) +
                                 ((e & f) ^ (~e & g)) + kRound[t + i] + word[i];
        const std::uint32_t t2 =
            (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
      }
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
};

}  // namespace kvsim::device
