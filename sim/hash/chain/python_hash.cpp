#include "sim/hash/chain/python_hash.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace kvsim {

namespace {

constexpr std::int64_t kNone = 0xfca86420;

/// Remainder by the prime 2^61 - 1, with the number's sign; -1 says "error" in C and becomes -2.
std::int64_t hash_of_integer(std::int64_t value) {
  const std::int64_t hash = value % ((std::int64_t{1} << 61) - 1);
  return hash == -1 ? -2 : hash;
}

/// What xxHash does to lanes of eight bytes, simplified by CPython for tuples.
class TupleHash {
 public:
  void add(std::int64_t item) {
    state_ += static_cast<std::uint64_t>(item) * 14029467366897019727u;
    state_ = std::rotl(state_, 31) * kFirstPrime;
    ++items_;
  }
  std::int64_t value() const {
    const std::uint64_t hash = state_ + (items_ ^ (kFifthPrime ^ 3527539u));
    return hash == ~std::uint64_t{0} ? 1546275796 : static_cast<std::int64_t>(hash);
  }

 private:
  static constexpr std::uint64_t kFirstPrime = 11400714785074694791u;
  static constexpr std::uint64_t kFifthPrime = 2870177450012600261u;
  std::uint64_t state_ = kFifthPrime;
  std::uint64_t items_ = 0;
};

/// The interpreter's secret, of which SipHash takes the first 16 bytes: none for seed 0.
std::array<std::uint64_t, 2> secret_of(std::uint32_t seed) {
  std::array<std::uint64_t, 2> secret{};
  if (seed == 0) return secret;
  std::uint32_t state = seed;
  for (std::uint64_t& word : secret) {
    for (unsigned i = 0; i < 8; ++i) {
      state = state * 214013u + 2531011u;
      word |= std::uint64_t{state >> 16 & 0xff} << (8 * i);
    }
  }
  return secret;
}

class SipState {
 public:
  explicit SipState(const std::array<std::uint64_t, 2>& key)
      : v0_(key[0] ^ 0x736f6d6570736575),
        v1_(key[1] ^ 0x646f72616e646f6d),
        v2_(key[0] ^ 0x6c7967656e657261),
        v3_(key[1] ^ 0x7465646279746573) {}

  void add(std::uint64_t word) {
    v3_ ^= word;
    round();
    v0_ ^= word;
  }
  std::uint64_t finish() {
    v2_ ^= 0xff;
    for (int i = 0; i < 3; ++i) round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void round() {
    v0_ += v1_;
    v2_ += v3_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v1_;
    v0_ += v3_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace

std::int64_t python_hash(std::string_view text, std::uint32_t seed) {
  if (text.empty()) return 0;
  SipState state(secret_of(seed));
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    state.add(word);
  }
  std::uint64_t last = 0;
  std::memcpy(&last, text.data() + at, text.size() - at);
  state.add(last | std::uint64_t{text.size()} << 56);
  const auto hash = static_cast<std::int64_t>(state.finish());
  return hash == -1 ? -2 : hash;
}

std::int64_t python_hash(std::int64_t parent, std::span<const Token> tokens) {
  TupleHash inner;
  for (const Token token : tokens) inner.add(hash_of_integer(token));
  TupleHash outer;
  outer.add(hash_of_integer(parent));
  outer.add(inner.value());
  outer.add(kNone);
  return outer.value();
}

}  // namespace kvsim
