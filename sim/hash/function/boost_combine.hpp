#pragma once

#include <boost/container_hash/hash.hpp>

#include "sim/hash/concept.hpp"

namespace kvsim {

/// boost::hash_combine of the seed and the key's word; longer keys fold to one word first, so that
/// keys which fold alike collide under every seed. Since Boost 1.81 it mixes well, and one to one:
/// keys of one word never collide at 64 bits.
class BoostCombine {
 public:
  static constexpr std::string_view kName = "boost_combine";
  static constexpr std::string_view kDoc =
      "boost::hash_combine of seed and word (Boost.ContainerHash 1.81); longer keys fold as "
      "h = 31 h + w.";
  static constexpr HashTraits kTraits{64, true, HashStrength::kStructural};
  using Value = Digest64;
  struct Config {};

  BoostCombine(const Config&, std::uint64_t seed) : seed_(seed) {}

  Value operator()(std::span<const std::byte> key) const {
    std::size_t h = seed_;
    boost::hash_combine(h, folded_word(key));
    return h;
  }

 private:
  std::uint64_t seed_;
};

static_assert(HashFunction<BoostCombine>);

}  // namespace kvsim
