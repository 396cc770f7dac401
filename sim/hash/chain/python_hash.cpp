#include "sim/hash/chain/python_hash.hpp"

#include <array>
#include <bit>

#include "sim/hash/chain/bytes.hpp"
#include "sim/hash/function/siphash13.hpp"

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

}  // namespace

std::int64_t python_hash(std::string_view text, std::uint32_t seed) {
  if (text.empty()) return 0;
  const auto hash = static_cast<std::int64_t>(SipHash13(secret_of(seed))(bytes_of(text)));
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
