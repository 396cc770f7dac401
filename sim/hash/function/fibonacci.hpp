#pragma once

#include "sim/hash/concept.hpp"

namespace kvsim {

/// Multiplicative hashing by 2^64 over the golden ratio. Knuth takes the product's top bits, which
/// depend on every bit of the word; truncation keeps low bits, so the digest is the product with
/// its bits in reverse. Consecutive words spread evenly, more so than random ones would; other
/// patterns of words may not.
class Fibonacci {
 public:
  static constexpr std::string_view kName = "fibonacci";
  static constexpr std::string_view kDoc =
      "The word times 2^64 over the golden ratio, top bit first (Knuth, TAOCP 3, section 6.4); "
      "longer keys fold as h = 31 h + w.";
  static constexpr HashTraits kTraits{64, false, HashStrength::kStructural};
  using Value = Digest64;
  struct Config {};

  Fibonacci(const Config&, std::uint64_t) {}

  Value operator()(std::span<const std::byte> key) const {
    return reversed(folded_word(key) * 0x9e3779b97f4a7c15);
  }

 private:
  static std::uint64_t reversed(std::uint64_t x) {
    x = __builtin_bswap64(x);
    x = ((x >> 4) & 0x0f0f0f0f0f0f0f0f) | ((x & 0x0f0f0f0f0f0f0f0f) << 4);
    x = ((x >> 2) & 0x3333333333333333) | ((x & 0x3333333333333333) << 2);
    return ((x >> 1) & 0x5555555555555555) | ((x & 0x5555555555555555) << 1);
  }
};

static_assert(HashFunction<Fibonacci>);

}  // namespace kvsim
