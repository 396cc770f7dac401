// How near batches of keys, hashed by name, come to their library's bare calls.

#include <fmt/format.h>

#include <span>
#include <vector>

#include "bench/harness.hpp"
#include "bench/suites.hpp"
#include "sim/core/rng.hpp"
#include "sim/hash/function_list.hpp"  // made from functions.list
#include "sim/hash/hasher.hpp"

namespace kvsim::bench {

namespace {

using Key = std::span<const std::byte>;

// The library's call with the fewest detours, as one would write it without kvsim.
template <class H>
struct Library;

const char* chars_of(Key key) { return reinterpret_cast<const char*>(key.data()); }

template <>
struct Library<Xxh3_64> {
  Digest64 operator()(Key key) const { return XXH3_64bits(key.data(), key.size()); }
};
template <>
struct Library<Xxh3_128> {
  Digest128 operator()(Key key) const {
    const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
    return {{hash.low64, hash.high64}};
  }
};
template <>
struct Library<Xxh64> {
  Digest64 operator()(Key key) const { return XXH64(key.data(), key.size(), 0); }
};
template <>
struct Library<Murmur3_128> {
  Digest128 operator()(Key key) const {
    Digest128 digest;
    lmmh_x64_128(key.data(), static_cast<unsigned>(key.size()), 0, digest.words.data());
    return digest;
  }
};
template <>
struct Library<Wyhash> {
  Digest64 operator()(Key key) const { return wyhash(key.data(), key.size(), 0, _wyp); }
};
template <>
struct Library<FarmHash64> {
  Digest64 operator()(Key key) const { return util::Fingerprint64(chars_of(key), key.size()); }
};
template <>
struct Library<HighwayHash64> {
  Digest64 operator()(Key key) const { return ::HighwayHash64(secret, chars_of(key), key.size()); }
  alignas(32) std::uint64_t secret[4] = {};
};
template <>
struct Library<SipHash24> {
  Digest64 operator()(Key key) const {
    return highwayhash::SipHash(secret, chars_of(key), key.size());
  }
  highwayhash::HH_U64 secret[2] = {};
};
template <>
struct Library<SipHash13> {
  Digest64 operator()(Key key) const {
    return highwayhash::SipHash13(secret, chars_of(key), key.size());
  }
  highwayhash::HH_U64 secret[2] = {};
};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
template <>
struct Library<Sha256Hash> {
  // Not SHA256(), which OpenSSL 3 sends through EVP, at a price on short keys.
  Digest256 operator()(Key key) const {
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, key.data(), key.size());
    Digest256 digest;
    SHA256_Final(reinterpret_cast<unsigned char*>(digest.words.data()), &state);
    return digest;
  }
};
#pragma GCC diagnostic pop
#if KVSIM_BLAKE3
template <>
struct Library<Blake3> {
  Digest256 operator()(Key key) const {
    llvm_blake3_hasher state;
    llvm_blake3_hasher_init(&state);
    llvm_blake3_hasher_update(&state, key.data(), key.size());
    Digest256 digest;
    llvm_blake3_hasher_finalize(&state, reinterpret_cast<std::uint8_t*>(digest.words.data()), 32);
    return digest;
  }
};
#endif

// Keys one after another, which with their digests stay in the processor's first cache.
constexpr std::size_t kBufferBytes = 16 << 10;
constexpr int kRounds = 256;

template <class H>
void hash_beside_library(benchmark::State& state, const std::string& name, std::size_t key_bytes) {
  Rng rng(1);
  std::vector<std::byte> keys(kBufferBytes / key_bytes * key_bytes);
  for (std::byte& b : keys) b = static_cast<std::byte>(rng.next());
  const std::size_t count = keys.size() / key_bytes;
  std::vector<Digest> digests(count);
  std::vector<typename H::Value> librarys(count);

  const std::unique_ptr<Hasher> hasher = make_hasher({std::string(H::kName), {}}, 0);
  const Library<H> library;
  const auto by_name = [&] { hasher->digest_many(keys, key_bytes, digests); };
  const auto by_library = [&] {
    // Locals, which no digest can overwrite.
    const Library<H> call = library;
    const std::byte* key = keys.data();
    typename H::Value* const out = librarys.data();
    for (std::size_t i = 0; i < count; ++i, key += key_bytes) out[i] = call({key, key_bytes});
  };
  const auto check = [&]() -> std::string {
    by_name();
    by_library();
    for (std::size_t i = 0; i < count; ++i) {
      if (digests[i] != widened(librarys[i])) return fmt::format("key {} has another digest", i);
    }
    return "";
  };
  if (!answers_right(state, name, check)) return;

  const auto repeat = [](const auto& work) {
    for (int round = 0; round < kRounds; ++round) {
      work();
      benchmark::ClobberMemory();
    }
  };
  state.counters["of_library"] =
      1 / ratio_in_turn(
              state, [&] { repeat(by_name); }, [&] { repeat(by_library); });
  state.SetBytesProcessed(state.iterations() * kRounds * static_cast<std::int64_t>(keys.size()));
}

}  // namespace

void register_hashes() {
  for_each_type(HashFunctionList{}, []<class H>() {
    if constexpr (requires { Library<H>{}; }) {
      // A parent's digest of eight bytes and 16, 64, 256 or 512 tokens.
      for (const std::size_t key_bytes : {72U, 264U, 1032U, 2056U}) {
        const std::string name = fmt::format("hash/{}/{}", H::kName, key_bytes);
        benchmark::RegisterBenchmark(
            name.c_str(),
            [=](benchmark::State& state) { hash_beside_library<H>(state, name, key_bytes); })
            ->Unit(benchmark::kMicrosecond)
            ->UseManualTime();
      }
    }
  });
}

}  // namespace kvsim::bench
