#include "sim/hash/chain/bytes.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <charconv>

#include "sim/core/error.hpp"
#include "sim/hash/function/fnv1a_64.hpp"
#include "sim/hash/function/sha256.hpp"
#include "sim/hash/function/xxh3_64.hpp"
#include "sim/hash/function/xxh64.hpp"

namespace kvsim {

Digest sha256(std::span<const std::byte> bytes) { return Sha256Hash({}, 0)(bytes); }

Digest xxh3_128(std::span<const std::byte> bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  return digest_from(canonical.digest, sizeof canonical.digest);
}

std::uint64_t xxh3_64(std::span<const std::byte> bytes, std::uint64_t seed) {
  return Xxh3_64({}, seed)(bytes);
}

std::uint64_t xxh64(std::span<const std::byte> bytes) { return Xxh64({}, 0)(bytes); }

std::uint64_t fnv1a_64(std::span<const std::byte> bytes) { return Fnv1a_64({}, 0)(bytes); }

std::uint64_t number_of_hex(std::string_view hash, std::string_view chain) {
  const std::string_view digits = hash.substr(0, 16);
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    throw InputError(fmt::format(
        "chain '{}': multimodal hash '{}' does not begin with hexadecimal digits", chain, hash));
  }
  return number;
}

}  // namespace kvsim
