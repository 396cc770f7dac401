#pragma once
// What each function of functions.list has to give: its library called directly, where it can by
// another door than the function takes (in two pieces, or its portable code), or a naive twin.

#include <highwayhash/highwayhash.h>
#include <openssl/evp.h>

#include <memory>

#include "sim/hash/function_list.hpp"  // made from functions.list
#include "tests/hash/naive.hpp"

namespace kvsim {

/// A function without one here does not link.
template <class H>
Digest reference(std::span<const std::byte> key, std::uint64_t seed);

inline const char* chars_of(std::span<const std::byte> key) {
  return reinterpret_cast<const char*>(key.data());
}
template <class Update>
void in_two_pieces(std::span<const std::byte> key, const Update& update) {
  update(key.first(key.size() / 3));
  update(key.subspan(key.size() / 3));
}
inline std::uint32_t half_sum(std::uint64_t seed) {
  return static_cast<std::uint32_t>(seed) ^ static_cast<std::uint32_t>(seed >> 32);
}

template <>
inline Digest reference<Xxh3_64>(std::span<const std::byte> key, std::uint64_t seed) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  XXH3_64bits_reset_withSeed(state.get(), seed);
  in_two_pieces(key,
                [&](auto piece) { XXH3_64bits_update(state.get(), piece.data(), piece.size()); });
  return {{XXH3_64bits_digest(state.get())}};
}
template <>
inline Digest reference<Xxh3_128>(std::span<const std::byte> key, std::uint64_t seed) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  XXH3_128bits_reset_withSeed(state.get(), seed);
  in_two_pieces(key,
                [&](auto piece) { XXH3_128bits_update(state.get(), piece.data(), piece.size()); });
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  return {{hash.low64, hash.high64}};
}
template <>
inline Digest reference<Xxh64>(std::span<const std::byte> key, std::uint64_t seed) {
  const std::unique_ptr<XXH64_state_t, decltype(&XXH64_freeState)> state(XXH64_createState(),
                                                                         &XXH64_freeState);
  XXH64_reset(state.get(), seed);
  in_two_pieces(key, [&](auto piece) { XXH64_update(state.get(), piece.data(), piece.size()); });
  return {{XXH64_digest(state.get())}};
}
template <>
inline Digest reference<Murmur3_128>(std::span<const std::byte> key, std::uint64_t seed) {
  std::uint64_t out[2];
  lmmh_x64_128(key.data(), static_cast<unsigned>(key.size()), half_sum(seed), out);
  return {{out[0], out[1]}};
}
template <>
inline Digest reference<Wyhash>(std::span<const std::byte> key, std::uint64_t seed) {
  return {{wyhash(key.data(), key.size(), seed, _wyp)}};
}
template <>
inline Digest reference<FarmHash64>(std::span<const std::byte> key, std::uint64_t seed) {
  const std::uint64_t value = util::Fingerprint64(chars_of(key), key.size());
  return {{seed == 0 ? value : util::Fingerprint(util::Uint128(value, seed))}};
}
template <>
inline Digest reference<HighwayHash64>(std::span<const std::byte> key, std::uint64_t seed) {
  alignas(32) const std::uint64_t secret[4] = {seed, 0, 0, 0};
  highwayhash::HighwayHashCatT<HH_TARGET> hash(secret);
  in_two_pieces(key, [&](auto piece) { hash.Append(chars_of(piece), piece.size()); });
  highwayhash::HHResult64 result = 0;
  hash.Finalize(&result);
  return {{result}};
}
template <>
inline Digest reference<Fnv1a_64>(std::span<const std::byte> key, std::uint64_t) {
  return {{naive::fnv1a_64(key)}};
}
template <>
inline Digest reference<Crc32c>(std::span<const std::byte> key, std::uint64_t seed) {
  return {{naive::crc32c(key, half_sum(seed))}};
}
template <>
inline Digest reference<SipHash24>(std::span<const std::byte> key, std::uint64_t seed) {
  return {{naive::siphash(2, 4, seed, 0, key)}};
}
template <>
inline Digest reference<SipHash13>(std::span<const std::byte> key, std::uint64_t seed) {
  return {{naive::siphash(1, 3, seed, 0, key)}};
}
template <>
inline Digest reference<Sha256Hash>(std::span<const std::byte> key, std::uint64_t) {
  Digest digest;
  EVP_Digest(key.data(), key.size(), reinterpret_cast<unsigned char*>(digest.words.data()), nullptr,
             EVP_sha256(), nullptr);
  return digest;
}
template <>
inline Digest reference<Blake3>([[maybe_unused]] std::span<const std::byte> key,
                                [[maybe_unused]] std::uint64_t seed) {
  Digest digest;
#if KVSIM_BLAKE3
  llvm_blake3_hasher state;
  std::uint8_t secret[LLVM_BLAKE3_KEY_LEN] = {};
  for (unsigned i = 0; i < 8; ++i) secret[i] = static_cast<std::uint8_t>(seed >> (8 * i));
  if (seed == 0) {
    llvm_blake3_hasher_init(&state);
  } else {
    llvm_blake3_hasher_init_keyed(&state, secret);
  }
  in_two_pieces(key,
                [&](auto piece) { llvm_blake3_hasher_update(&state, piece.data(), piece.size()); });
  llvm_blake3_hasher_finalize(&state, reinterpret_cast<std::uint8_t*>(digest.words.data()), 32);
#endif
  return digest;
}
template <>
inline Digest reference<BoostCombine>(std::span<const std::byte> key, std::uint64_t seed) {
  std::size_t h = seed;
  boost::hash_combine(h, naive::fold(key));
  return {{h}};
}
template <>
inline Digest reference<Fibonacci>(std::span<const std::byte> key, std::uint64_t) {
  return {{naive::fibonacci(key)}};
}
template <>
inline Digest reference<Modulo>(std::span<const std::byte> key, std::uint64_t) {
  return {{naive::fold(key) % ((std::uint64_t{1} << 61) - 1)}};
}
template <>
inline Digest reference<Identity>(std::span<const std::byte> key, std::uint64_t) {
  return {{naive::fold(key)}};
}
template <>
inline Digest reference<CPython>(std::span<const std::byte> key, std::uint64_t) {
  return {{naive::cpython(key)}};
}

}  // namespace kvsim
