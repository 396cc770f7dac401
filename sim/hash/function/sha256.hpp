#pragma once

#include <openssl/sha.h>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// SHA-256, by OpenSSL, which takes the processor's SHA instructions where there are any. Without a
/// seed, as no collision is known. OpenSSL's plain functions, which its version 3 calls deprecated
/// in favour of EVP: EVP looks the algorithm up and allocates, which costs a short key more than
/// the hashing does.
class Sha256Hash {
 public:
  static constexpr std::string_view kName = "sha256";
  static constexpr std::string_view kDoc = "SHA-256 (OpenSSL; FIPS 180-4).";
  static constexpr HashTraits kTraits{256, false, HashStrength::kCryptographic};
  using Value = Digest256;
  struct Config {};

  Sha256Hash(const Config&, std::uint64_t) {}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  Value operator()(std::span<const std::byte> key) const {
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, key.data(), key.size());
    Value digest;
    SHA256_Final(reinterpret_cast<unsigned char*>(digest.words.data()), &state);
    return digest;
  }
#pragma GCC diagnostic pop
};

static_assert(HashFunction<Sha256Hash>);

}  // namespace kvsim
