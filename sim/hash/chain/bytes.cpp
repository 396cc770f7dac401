#include "sim/hash/chain/bytes.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <xxhash.h>

#include <charconv>
#include <memory>
#include <new>

#include "sim/core/error.hpp"

namespace kvsim {

Digest sha256(std::span<const std::byte> bytes) {
  // Fetched once, and one context a thread: a look-up of the algorithm costs more than a block.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                                EVP_MD_CTX_free);
  Digest digest;
  if (context == nullptr || EVP_DigestInit_ex2(context.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.words.data()),
                         nullptr) != 1) {
    throw std::bad_alloc();  // nothing else fails here
  }
  return digest;
}

Digest xxh3_128(std::span<const std::byte> bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  return digest_from(canonical.digest, sizeof canonical.digest);
}

std::uint64_t xxh3_64(std::span<const std::byte> bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::uint64_t xxh64(std::span<const std::byte> bytes) {
  return XXH64(bytes.data(), bytes.size(), 0);
}

std::uint64_t fnv1a_64(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte b : bytes) {
    hash ^= static_cast<std::uint64_t>(b);
    hash *= 0x100000001b3;
  }
  return hash;
}

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
