#include "sim/hash/study/avalanche.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "sim/core/rng.hpp"

namespace kvsim {

Avalanche measure_avalanche(const Hasher& hasher, unsigned bits, std::size_t key_bytes,
                            std::uint64_t seed) {
  constexpr std::uint64_t kMostInputs = 576;  // a parent's key and sixteen tokens
  constexpr std::uint64_t kFlips = std::uint64_t{1} << 18;
  const std::uint64_t all = 8 * key_bytes;
  Avalanche result;
  result.input_bits = std::min(all, kMostInputs);
  result.output_bits = bits;
  result.samples = kFlips / result.input_bits;

  std::vector<std::uint32_t> flips(result.input_bits * bits);
  std::vector<std::byte> key(key_bytes + 8);  // whole words are drawn
  Rng rng(seed);
  for (std::uint64_t sample = 0; sample < result.samples; ++sample) {
    for (std::size_t at = 0; at < key_bytes; at += 8) {
      const std::uint64_t word = rng.next();
      std::memcpy(key.data() + at, &word, 8);
    }
    const std::span<const std::byte> view(key.data(), key_bytes);
    const Digest before = hasher.digest(view);
    for (std::uint64_t i = 0; i < result.input_bits; ++i) {
      const std::uint64_t bit = i * all / result.input_bits;
      const std::byte mask{static_cast<unsigned char>(1U << (bit % 8))};
      key[bit / 8] ^= mask;
      const Digest after = hasher.digest(view);
      key[bit / 8] ^= mask;
      std::uint32_t* row = flips.data() + i * bits;
      for (unsigned out = 0; out < bits; ++out) {
        const std::uint64_t differing = before.words[out / 64] ^ after.words[out / 64];
        row[out] += static_cast<std::uint32_t>((differing >> (out % 64)) & 1);
      }
    }
  }

  const auto samples = static_cast<double>(result.samples);
  const auto pairs = static_cast<double>(flips.size());
  for (const std::uint32_t count : flips) {
    const double bias = std::abs(2 * count / samples - 1);
    result.mean_bias += bias / pairs;
    result.worst_bias = std::max(result.worst_bias, bias);
  }
  result.mean_by_chance = std::sqrt(2 / (std::numbers::pi * samples));
  // Hoeffding's bound for one pair, over all of them.
  constexpr double kFalseAlarm = 1e-6;
  result.worst_by_chance = std::sqrt(2 * std::log(2 * pairs / kFalseAlarm) / samples);
  return result;
}

}  // namespace kvsim
