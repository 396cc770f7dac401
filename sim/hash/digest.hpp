#pragma once
// What hash functions give: one, two or four words of 64 bits, and what is left of them when cut.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kvsim {

static_assert(std::endian::native == std::endian::little,
              "digests are read as little-endian words");

/// Digests of up to 64, of 128 and of 256 bits; word 0 holds the first eight bytes, little-endian.
using Digest64 = std::uint64_t;
struct Digest128 {
  std::array<std::uint64_t, 2> words{};
  bool operator==(const Digest128&) const = default;
};
struct Digest256 {
  std::array<std::uint64_t, 4> words{};
  bool operator==(const Digest256&) const = default;
};

/// Any of them, zero-extended: what is left once a function's type is erased.
using Digest = Digest256;

inline Digest widened(Digest64 d) { return {{d, 0, 0, 0}}; }
inline Digest widened(const Digest128& d) { return {{d.words[0], d.words[1], 0, 0}}; }
inline Digest widened(const Digest256& d) { return d; }

/// The low `bits` (1 … 256) of a digest, read as one little-endian number; the others are 0.
inline Digest truncated(Digest digest, unsigned bits) {
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned from = 64 * i;
    if (bits <= from) {
      digest.words[i] = 0;
    } else if (bits < from + 64) {
      digest.words[i] &= (std::uint64_t{1} << (bits - from)) - 1;
    }
  }
  return digest;
}

/// Bytes that a digest of `bits` takes in a key that follows it: 8, 16 or 32.
constexpr std::size_t digest_bytes(unsigned bits) { return bits <= 64 ? 8 : bits <= 128 ? 16 : 32; }

/// Reads a digest from its first `size` bytes (at most 32).
inline Digest digest_from(const void* bytes, std::size_t size) {
  Digest digest;
  std::memcpy(digest.words.data(), bytes, size);
  return digest;
}

}  // namespace kvsim
