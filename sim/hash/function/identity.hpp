#pragma once

#include "sim/hash/concept.hpp"

namespace kvsim {

/// The key itself where it is one word, as std::hash of integers in libstdc++ and libc++.
class Identity {
 public:
  static constexpr std::string_view kName = "identity";
  static constexpr std::string_view kDoc =
      "The word itself (std::hash of integers in libstdc++); longer keys fold as h = 31 h + w.";
  static constexpr HashTraits kTraits{64, false, HashStrength::kStructural};
  using Value = Digest64;
  struct Config {};

  Identity(const Config&, std::uint64_t) {}

  Value operator()(std::span<const std::byte> key) const { return folded_word(key); }
};

static_assert(HashFunction<Identity>);

}  // namespace kvsim
