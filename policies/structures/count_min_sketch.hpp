#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace kvsim {

/// How often keys were seen, approximately and up to 15: four counters of 4 bits a key, of which
/// the least is nearest to the truth. Only counters at that least are raised (conservative update),
/// so that what shares a counter with a frequent key is overestimated less.
///
/// Source: Cormode and Muthukrishnan 2005, "An improved data stream summary: the count-min sketch";
/// Estan and Varghese 2002 (conservative update). A key's four counters lie in one cache line, one
/// from each quarter of it. 8 bytes for each key that it is sized for.
class CountMinSketch {
 public:
  static constexpr std::uint32_t kMost = 15;

  explicit CountMinSketch(std::uint64_t keys) : lines_((keys + kWords - 1) / kWords) {}

  /// `hash`: 64 well mixed bits of the key.
  std::uint32_t estimate(std::uint64_t hash) const {
    const Line& line = lines_[line_of(hash)];
    std::uint64_t least = kMost;
    for (std::size_t row = 0; row < kRows; ++row) {
      const Place at = place(hash, row);
      least = std::min(least, line.words[at.word] >> at.shift & kMost);
    }
    return static_cast<std::uint32_t>(least);
  }
  void increment(std::uint64_t hash) {
    const std::uint64_t least = estimate(hash);
    if (least == kMost) return;
    Line& line = lines_[line_of(hash)];
    for (std::size_t row = 0; row < kRows; ++row) {
      const Place at = place(hash, row);
      std::uint64_t& word = line.words[at.word];
      if ((word >> at.shift & kMost) == least) word += std::uint64_t{1} << at.shift;
    }
  }
  /// Halves every counter, rounding down.
  void halve() {
    for (Line& line : lines_) {
      for (std::uint64_t& word : line.words) word = word >> 1 & 0x7777777777777777u;
    }
  }

  std::size_t memory_bytes() const { return lines_.capacity() * sizeof(Line); }

 private:
  static constexpr std::size_t kRows = 4;
  static constexpr std::size_t kWords = 8;

  struct alignas(64) Line {
    std::array<std::uint64_t, kWords> words{};
  };
  struct Place {
    std::size_t word;
    unsigned shift;
  };

  std::size_t line_of(std::uint64_t hash) const { return (hash >> 32) * lines_.size() >> 32; }
  // The row's quarter is two words of 16 counters: five bits of the hash choose one.
  static Place place(std::uint64_t hash, std::size_t row) {
    const std::uint64_t bits = hash >> (8 * row);
    return {2 * row + (bits >> 4 & 1), static_cast<unsigned>(bits & 15) * 4};
  }

  std::vector<Line> lines_;
};

}  // namespace kvsim
