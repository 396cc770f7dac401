#include "sim/hash/chain/python_hash.hpp"

#include <array>

#include "sim/hash/chain/bytes.hpp"
#include "sim/hash/function/cpython.hpp"
#include "sim/hash/function/siphash13.hpp"

namespace kvsim {

namespace {

constexpr std::uint64_t kNone = 0xfca86420;

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
  CPython::Tuple inner;
  for (const Token token : tokens) inner.add(CPython::hash_of_int(token));
  CPython::Tuple outer;
  outer.add(CPython::hash_of_int(parent));
  outer.add(inner.hash());
  outer.add(kNone);
  return static_cast<std::int64_t>(outer.hash());
}

}  // namespace kvsim
