#pragma once

#include <cstdint>

#include "sim/core/ids.hpp"
#include "sim/core/scrambled.hpp"

namespace kvsim {

/// A seeded hash of 64 bits, each as good as random: scrambled once for the seed and once for both.
constexpr std::uint64_t mix64(std::uint64_t word, std::uint64_t seed) {
  return scrambled(word + scrambled(seed * kGolden64 + kGolden64));
}

/// Which blocks a spatially hashed sample takes: all accesses of a block or none, so that reuse
/// within the sample is reuse in the trace (Waldspurger, Park, Garthwaite and Ahmad, "Efficient MRC
/// Construction with SHARDS", FAST 2015, section 3). Blocks are hashed by their slots.
struct SpatialSampling {
  double rate = 1;         ///< of the blocks, in (0, 1]
  std::uint64_t seed = 1;  ///< another seed takes other blocks
  /// Only one of `parts` disjoint parts of the sample, which are samples of rate / parts each.
  std::uint32_t part = 0;
  std::uint32_t parts = 1;

  /// Blocks whose hash is below are taken: the rate as a share of 2^64.
  std::uint64_t threshold() const {
    return rate >= 1 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(rate * 0x1p64);
  }
  std::uint64_t hash(Slot slot) const { return mix64(slot, seed); }
  /// The low bits say which part, as the threshold reads the high ones.
  bool in_part(std::uint64_t hash) const { return hash % parts == part; }
  bool takes(Slot slot) const {
    const std::uint64_t h = hash(slot);
    return h <= threshold() && in_part(h);
  }
  /// Of the blocks, in this part.
  double part_rate() const { return rate / parts; }
};

}  // namespace kvsim
