#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace kvsim {

/// How often ids were seen, approximately: ten counters of 32 bits an id, all raised, of which the
/// least is nearest to the truth, at places that two hashes span.
///
/// The counters, their number and their hashes are libCacheSim's, for the variants that follow it;
/// CountMinSketch is the better structure. 57.5 bytes for each key that it is sized for.
class CountingBloom {
 public:
  explicit CountingBloom(std::uint64_t keys)
      : counters_(static_cast<std::size_t>(std::ceil(static_cast<double>(keys) * kCountersAKey))) {}

  std::uint32_t estimate(std::uint64_t id) const {
    std::uint32_t least = ~0u;
    for_each_place(id, [&](std::size_t at) { least = std::min(least, counters_[at]); });
    return least;
  }
  void increment(std::uint64_t id) {
    for_each_place(id, [&](std::size_t at) { ++counters_[at]; });
  }
  /// Halves every counter, rounding down.
  void halve() {
    for (std::uint32_t& counter : counters_) counter /= 2;
  }

  std::size_t memory_bytes() const { return counters_.capacity() * sizeof(std::uint32_t); }

 private:
  static constexpr double kCountersAKey = 14.37758756605116;  // ln 1000 / (ln 2)²
  static constexpr std::uint32_t kHashes = 10;

  template <class F>
  void for_each_place(std::uint64_t id, const F& f) const {
    std::array<unsigned char, 8> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<unsigned char>(id >> (8 * i));
    }
    const auto a = static_cast<std::uint32_t>(XXH64(bytes.data(), bytes.size(), 0x12345678));
    const auto b = static_cast<std::uint32_t>(XXH64(bytes.data(), bytes.size(), 0x12344321));
    for (std::uint32_t i = 0; i < kHashes; ++i) f((a + i * b) % counters_.size());
  }

  std::vector<std::uint32_t> counters_;
};

}  // namespace kvsim
