#pragma once

#include <tuple>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// The word's remainder by a prime: the textbook's hash. Words below m stay what they are, and
/// words a multiple of m apart collide.
class Modulo {
 public:
  static constexpr std::string_view kName = "modulo";
  static constexpr std::string_view kDoc =
      "The word modulo m, best a prime (Knuth, TAOCP 3, section 6.4); longer keys fold as "
      "h = 31 h + w.";
  static constexpr HashTraits kTraits{64, false, HashStrength::kStructural};
  using Value = Digest64;
  struct Config {
    std::int64_t m = 2305843009213693951;
    static auto fields() {
      return std::tuple(field("m", &Config::m, 1, 0x1p62,
                              "divisor; digests lie below it; 2^61 - 1 unless given"));
    }
  };

  Modulo(const Config& config, std::uint64_t) : m_(static_cast<std::uint64_t>(config.m)) {}

  Value operator()(std::span<const std::byte> key) const { return folded_word(key) % m_; }

 private:
  std::uint64_t m_;
};

static_assert(HashFunction<Modulo>);

}  // namespace kvsim
