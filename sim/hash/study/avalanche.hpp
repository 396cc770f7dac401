#pragma once
// How a function's output bits answer to single flipped input bits.

#include <cstddef>
#include <cstdint>

#include "sim/hash/hasher.hpp"

namespace kvsim {

/// The bias of an output bit under flips of an input bit is |2p - 1|, with p the share of flips
/// that flip it: 0 where it answers like a coin, 1 where it always or never flips (strict avalanche
/// criterion, Webster and Tavares 1985).
struct Avalanche {
  std::uint64_t input_bits = 0;   ///< that were flipped
  std::uint64_t output_bits = 0;  ///< that were watched
  std::uint64_t samples = 0;      ///< keys in which each was flipped
  double mean_bias = 0;           ///< over all pairs of an input and an output bit
  double worst_bias = 0;          ///< of the worst pair
  double mean_by_chance = 0;      ///< what an ideal function's mean is expected to be
  double worst_by_chance = 0;     ///< what its worst pair passes once in a million audits

  /// Whether no more is seen than an ideal function would show.
  bool passes() const { return worst_bias <= worst_by_chance && mean_bias <= 1.1 * mean_by_chance; }
};

/// Over random keys of `key_bytes` bytes, in which at most 576 input bits, spread evenly, are
/// flipped; `bits` is the digest's width.
Avalanche measure_avalanche(const Hasher& hasher, unsigned bits, std::size_t key_bytes,
                            std::uint64_t seed);

}  // namespace kvsim
