#pragma once

#if KVSIM_BLAKE3
#include <dlfcn.h>
#include <fmt/format.h>
#include <llvm-c/blake3.h>

#include "sim/core/error.hpp"
#endif

#include "sim/hash/concept.hpp"

namespace kvsim {

#if KVSIM_BLAKE3
/// LLVM's library, opened when blake3 is first made: linked, it would make each start of every
/// program load some 100 MB.
class LlvmBlake3 {
 public:
  decltype(&llvm_blake3_hasher_init) init;
  decltype(&llvm_blake3_hasher_init_keyed) init_keyed;
  decltype(&llvm_blake3_hasher_update) update;
  decltype(&llvm_blake3_hasher_finalize) finalize;

  /// Throws InputError where the library that was there at build time does not open any more.
  static const LlvmBlake3& get() {
    static const LlvmBlake3 library;
    return library;
  }

 private:
  LlvmBlake3() {
    void* const opened = dlopen(KVSIM_LLVM_LIBRARY, RTLD_LAZY | RTLD_LOCAL);
    if (opened == nullptr) fail();
    find(init, opened, "llvm_blake3_hasher_init");
    find(init_keyed, opened, "llvm_blake3_hasher_init_keyed");
    find(update, opened, "llvm_blake3_hasher_update");
    find(finalize, opened, "llvm_blake3_hasher_finalize");
  }

  template <class Function>
  static void find(Function& function, void* opened, const char* name) {
    function = reinterpret_cast<Function>(dlsym(opened, name));
    if (function == nullptr) fail();
  }
  [[noreturn]] static void fail() {
    const char* const why = dlerror();
    throw InputError(fmt::format("hash 'blake3': {}", why == nullptr ? "no such function" : why));
  }
};
#endif

/// BLAKE3 with 256 bits, by the copy of its reference code in LLVM's library, where LLVM's headers
/// are installed. Seed 0 is the plain hash; any other is the keyed one, its key of 256 bits the
/// seed followed by zeros. No collision is known.
class Blake3 {
 public:
  static constexpr std::string_view kName = "blake3";
  static constexpr std::string_view kDoc =
      "BLAKE3, keyed where the seed is not 0 (LLVM's library; O'Connor et al. 2020).";
  static constexpr HashTraits kTraits{256, true, HashStrength::kCryptographic};
  using Value = Digest256;
  struct Config {};

#if KVSIM_BLAKE3
  Blake3(const Config&, std::uint64_t seed) : llvm_(&LlvmBlake3::get()), key_{{seed, 0, 0, 0}} {}

  Value operator()(std::span<const std::byte> key) const {
    llvm_blake3_hasher state;
    if (key_.words[0] == 0) {
      llvm_->init(&state);
    } else {
      llvm_->init_keyed(&state, reinterpret_cast<const std::uint8_t*>(key_.words.data()));
    }
    llvm_->update(&state, key.data(), key.size());
    Value digest;
    llvm_->finalize(&state, reinterpret_cast<std::uint8_t*>(digest.words.data()),
                    LLVM_BLAKE3_OUT_LEN);
    return digest;
  }

 private:
  const LlvmBlake3* llvm_;
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
