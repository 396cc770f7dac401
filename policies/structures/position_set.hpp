#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim {

/// A set of numbers below a bound, of which the highest is found fast: a bit each, and above the
/// bits levels of summaries, a bit for each word below that is not empty. An operation touches a
/// word a level, of which there are six at most; 1.02 bits a number.
class PositionSet {
 public:
  static constexpr std::uint32_t kNone = kNever;

  /// Holds numbers below `bound`.
  explicit PositionSet(std::size_t bound) {
    std::size_t words = 0;
    do {
      starts_[levels_++] = words;
      bound = words_above(bound);
      words += bound;
    } while (bound > 1);
    words_.resize(words);
  }
  /// Heap bytes of a set of numbers below `bound`.
  static std::size_t memory_bytes(std::size_t bound) {
    std::size_t words = 0;
    do words += bound = words_above(bound);
    while (bound > 1);
    return words * sizeof(std::uint64_t);
  }

  void insert(std::uint32_t p) {
    std::size_t at = p;
    for (std::size_t level = 0; level < levels_; ++level, at /= kBits) {
      std::uint64_t& w = word(level, at / kBits);
      const bool was_empty = w == 0;
      w |= bit(at);
      if (!was_empty) return;
    }
  }
  void erase(std::uint32_t p) {
    std::size_t at = p;
    for (std::size_t level = 0; level < levels_; ++level, at /= kBits) {
      std::uint64_t& w = word(level, at / kBits);
      w &= ~bit(at);
      if (w != 0) return;
    }
  }
  bool contains(std::uint32_t p) const { return (word(0, p / kBits) & bit(p)) != 0; }

  /// Hints that `p` is inserted or erased soon.
  void prefetch(std::uint32_t p) const { __builtin_prefetch(&words_[p / kBits], 1); }

  /// kNone where the set is empty.
  std::uint32_t highest() const {
    if (words_.empty() || words_.back() == 0) return kNone;
    return descend(levels_ - 1, 0);
  }
  /// The highest number below `p`, or kNone.
  std::uint32_t highest_below(std::uint32_t p) const {
    std::size_t at = p;
    for (std::size_t level = 0; level < levels_; ++level, at /= kBits) {
      const std::uint64_t lower = word(level, at / kBits) & (bit(at) - 1);
      if (lower != 0) {
        const std::size_t found = at / kBits * kBits + top(lower);
        return level == 0 ? static_cast<std::uint32_t>(found) : descend(level - 1, found);
      }
    }
    return kNone;
  }

  /// The highest number for which `wanted(number)` holds, or kNone.
  template <class Wanted>
  std::uint32_t highest_where(const Wanted& wanted) const {
    std::uint32_t p = highest();
    while (p != kNone && !wanted(p)) p = highest_below(p);
    return p;
  }

  std::size_t memory_bytes() const { return words_.capacity() * sizeof(std::uint64_t); }

  void check_invariants() const {
    for (std::size_t level = 1; level < levels_; ++level) {
      for (std::size_t i = 0; i < starts_[level] - starts_[level - 1]; ++i) {
        if ((word(level - 1, i) != 0) != ((word(level, i / kBits) & bit(i)) != 0)) {
          throw std::logic_error("a summary disagrees with its word");
        }
      }
    }
  }

 private:
  static constexpr std::size_t kBits = 64;
  static constexpr std::size_t kMask = kBits - 1;
  static constexpr std::size_t kMaxLevels = 6;  // 64^6 numbers > 2^32

  static std::size_t words_above(std::size_t bits) { return (bits + kMask) / kBits; }
  static std::uint64_t bit(std::size_t at) { return std::uint64_t{1} << (at & kMask); }
  static std::size_t top(std::uint64_t w) {
    return kMask - static_cast<std::size_t>(std::countl_zero(w));
  }
  std::uint64_t& word(std::size_t level, std::size_t i) { return words_[starts_[level] + i]; }
  std::uint64_t word(std::size_t level, std::size_t i) const { return words_[starts_[level] + i]; }

  // The highest number under word `i` of `level`, which is not empty.
  std::uint32_t descend(std::size_t level, std::size_t i) const {
    for (;; --level) {
      i = i * kBits + top(word(level, i));
      if (level == 0) return static_cast<std::uint32_t>(i);
    }
  }

  std::vector<std::uint64_t> words_;  // the levels one behind the other, the bits first
  std::size_t starts_[kMaxLevels] = {};
  std::size_t levels_ = 0;
};

}  // namespace kvsim
