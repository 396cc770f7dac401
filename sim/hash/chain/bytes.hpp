#pragma once
// The bytes of a key as they are put together, and the digests that engines take of them.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/hash/digest.hpp"

namespace kvsim {

using Bytes = std::vector<std::byte>;

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The first `size` bytes of a digest: what digest_from() read.
inline std::span<const std::byte> bytes_of(const Digest& digest, std::size_t size) {
  return std::as_bytes(std::span(digest.words)).first(size);
}

inline void append(Bytes& out, std::span<const std::byte> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

/// The `size` low bytes of a number, the lowest first.
inline void append_little_endian(Bytes& out, std::uint64_t value, std::size_t size) {
  append(out, std::as_bytes(std::span(&value, 1)).first(size));
}

inline void append_tokens(Bytes& out, std::span<const Token> tokens) {
  append(out, std::as_bytes(tokens));
}

/// SHA-256, its 32 bytes in their order.
Digest sha256(std::span<const std::byte> bytes);
/// XXH3 with 128 bits, in the canonical order of its bytes: the high half first, big-endian, as
/// Python's xxhash gives them.
Digest xxh3_128(std::span<const std::byte> bytes);
std::uint64_t xxh3_64(std::span<const std::byte> bytes, std::uint64_t seed);
std::uint64_t xxh64(std::span<const std::byte> bytes);
/// FNV-1a with 64 bits.
std::uint64_t fnv1a_64(std::span<const std::byte> bytes);

/// The number that the first 16 hexadecimal digits of a multimodal hash say, or all of fewer.
/// Throws InputError, naming the chain, where there is none or another character among them.
std::uint64_t number_of_hex(std::string_view hash, std::string_view chain);

}  // namespace kvsim
