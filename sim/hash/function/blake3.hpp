#pragma once

#if KVSIM_BLAKE3
#include <llvm-c/blake3.h>
#endif

#include "sim/hash/concept.hpp"

namespace kvsim {

/// BLAKE3 with 256 bits, by the copy of its reference code in LLVM's support library, where LLVM's
/// development files are installed. Seed 0 is the plain hash; any other is the keyed one, its key
/// of 256 bits the seed followed by zeros. No collision is known.
class Blake3 {
 public:
  static constexpr std::string_view kName = "blake3";
  static constexpr std::string_view kDoc =
      "BLAKE3, keyed where the seed is not 0 (LLVM's library; O'Connor et al. 2020).";
  static constexpr HashTraits kTraits{256, true, HashStrength::kCryptographic};
  using Value = Digest256;
  struct Config {};

#if KVSIM_BLAKE3
  Blake3(const Config&, std::uint64_t seed) : key_{{seed, 0, 0, 0}} {}

  Value operator()(std::span<const std::byte> key) const {
    llvm_blake3_hasher state;
    if (key_.words[0] == 0) {
      llvm_blake3_hasher_init(&state);
    } else {
      llvm_blake3_hasher_init_keyed(&state,
                                    reinterpret_cast<const std::uint8_t*>(key_.words.data()));
    }
    llvm_blake3_hasher_update(&state, key.data(), key.size());
    Value digest;
    llvm_blake3_hasher_finalize(&state, reinterpret_cast<std::uint8_t*>(digest.words.data()),
                                LLVM_BLAKE3_OUT_LEN);
    return digest;
  }

 private:
  Digest256 key_;
#else
  static constexpr std::string_view kMissing = "LLVM's headers and library (llvm-16-dev)";

  Blake3(const Config&, std::uint64_t) {}
  /// Never called: make_hasher() refuses what is missing.
  Value operator()(std::span<const std::byte>) const { return {}; }
#endif
};

static_assert(HashFunction<Blake3>);

}  // namespace kvsim
