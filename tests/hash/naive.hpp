#pragma once
// Hash functions once more, written from their definitions and slowly: the twins of own code.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace kvsim::naive {

__extension__ using Wide = __int128;

inline std::vector<unsigned> bytes_of(std::span<const std::byte> key) {
  std::vector<unsigned> bytes;
  for (const std::byte b : key) bytes.push_back(std::to_integer<unsigned>(b));
  return bytes;
}

/// The number that `size` bytes from `at` on spell, the lowest first; beyond the end are zeros.
inline std::uint64_t number(const std::vector<unsigned>& bytes, std::size_t at, std::size_t size) {
  std::uint64_t n = 0;
  for (std::size_t i = size; i-- > 0;) {
    n = 256 * n + (at + i < bytes.size() ? bytes[at + i] : 0);
  }
  return n;
}

/// h = 31 h + w over the words of eight bytes.
inline std::uint64_t fold(std::span<const std::byte> key) {
  const std::vector<unsigned> bytes = bytes_of(key);
  std::uint64_t h = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 8) h = h * 31 + number(bytes, at, 8);
  return h;
}

inline std::uint64_t fnv1a_64(std::span<const std::byte> key) {
  std::uint64_t h = 14695981039346656037U;
  for (const unsigned b : bytes_of(key)) {
    h ^= b;
    h = (h << 40) + (h << 8) + 179 * h;  // the prime is 2^40 + 2^8 + 179
  }
  return h;
}

/// Bit by bit, on the polynomial's reflected form.
inline std::uint32_t crc32c(std::span<const std::byte> key, std::uint32_t before) {
  std::uint32_t crc = before ^ 0xffffffffU;
  for (const unsigned b : bytes_of(key)) {
    crc ^= b;
    for (int bit = 0; bit < 8; ++bit) crc = crc % 2 == 1 ? (crc / 2) ^ 0x82f63b78U : crc / 2;
  }
  return crc ^ 0xffffffffU;
}

/// SipHash with `c` rounds a word and `d` at the end, from the paper's section 2.
inline std::uint64_t siphash(int c, int d, std::uint64_t k0, std::uint64_t k1,
                             std::span<const std::byte> key) {
  const std::vector<unsigned> bytes = bytes_of(key);
  std::uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                        k1 ^ 0x7465646279746573};
  const auto half_round = [&](int a, int b, int by, int e, int f, int by2) {
    const auto turn = [](std::uint64_t x, int n) { return (x << n) | (x >> (64 - n)); };
    v[a] += v[b];
    v[e] += v[f];
    v[b] = turn(v[b], by) ^ v[a];
    v[f] = turn(v[f], by2) ^ v[e];
    v[a] = turn(v[a], 32);
  };
  const auto rounds = [&](int n) {
    for (; n > 0; --n) {
      half_round(0, 1, 13, 2, 3, 16);
      half_round(2, 1, 17, 0, 3, 21);
    }
  };
  for (std::size_t at = 0; at <= bytes.size() / 8 * 8; at += 8) {
    std::uint64_t word = number(bytes, at, 8);
    if (at + 8 > bytes.size()) word |= static_cast<std::uint64_t>(bytes.size()) << 56;
    v[3] ^= word;
    rounds(c);
    v[0] ^= word;
  }
  v[2] ^= 0xff;
  rounds(d);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/// hash(number) and hash((…)) of CPython, from what its documentation and comments say of them.
inline std::uint64_t cpython_int(Wide value) {
  const Wide prime = (Wide{1} << 61) - 1;
  Wide hash = value < 0 ? -(-value % prime) : value % prime;
  if (hash == -1) hash = -2;
  return static_cast<std::uint64_t>(hash);
}
inline std::uint64_t cpython_tuple(const std::vector<std::uint64_t>& hashes) {
  const std::uint64_t prime1 = 11400714785074694791U;
  const std::uint64_t prime2 = 14029467366897019727U;
  const std::uint64_t prime5 = 2870177450012600261U;
  std::uint64_t sum = prime5;
  for (const std::uint64_t hash : hashes) {
    sum += hash * prime2;
    sum = (sum << 31) | (sum >> 33);
    sum *= prime1;
  }
  sum += hashes.size() ^ (prime5 ^ 3527539U);
  return sum == ~std::uint64_t{0} ? 1546275796U : sum;
}
inline std::uint64_t cpython(std::span<const std::byte> key) {
  const std::vector<unsigned> bytes = bytes_of(key);
  std::vector<std::uint64_t> tokens;
  for (std::size_t at = 8; at < bytes.size(); at += 4) tokens.push_back(number(bytes, at, 4));
  Wide parent = number(bytes, 0, 8);
  if (parent >= Wide{1} << 63) parent -= Wide{1} << 64;
  return cpython_tuple({cpython_int(parent), cpython_tuple(tokens)});
}

/// The product by the odd number nearest to 2^64 over the golden ratio, its bits in reverse.
inline std::uint64_t fibonacci(std::span<const std::byte> key) {
  const std::uint64_t product = fold(key) * 11400714819323198485U;
  std::uint64_t reversed = 0;
  for (int bit = 0; bit < 64; ++bit) reversed = 2 * reversed + ((product >> bit) & 1);
  return reversed;
}

}  // namespace kvsim::naive
