#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim {

/// The blocks' last uses as a set of positions, a bit an access of the stream, which serves any
/// number of LRU caches. Every position counts as a last use until the next access of its block
/// says otherwise, so that an access clears one bit and sets none.
class LastUses {
 public:
  /// Where a use is: its word, and what stays of that word without it.
  struct Bit {
    std::size_t word;
    std::uint64_t others;
  };

  explicit LastUses(std::size_t accesses) : words_(count(accesses), kAllBits) {}
  static std::size_t memory_bytes(std::size_t accesses) {
    return count(accesses) * sizeof(std::uint64_t);
  }

  /// An access of the block that was last used at `before`, 1 + a position; 0: never.
  Bit supersede(std::uint64_t before) {
    const Bit bit{before / kBits, std::rotl(~std::uint64_t{1}, static_cast<int>(before % kBits))};
    words_[bit.word] &= bit.others;
    return bit;
  }
  void prefetch(std::uint64_t before) const { __builtin_prefetch(&words_[before / kBits], 1); }

  /// An LRU cache: it holds what was last used no earlier than the oldest of its residents.
  class Cache {
   public:
    explicit Cache(std::uint64_t capacity = 0) : capacity_(capacity) {}

    /// Whether the access that supersede() returned the bit of is a hit; to be told of each, after
    /// it. Once the cache is full, nothing branches on the answer, which no processor can foretell.
    bool access(const Bit& use, const LastUses& uses) {
      std::uint64_t miss = (std::uint64_t{use.word} - word_) >> 63;  // the borrow: no branch on it
      if (use.word == word_) [[unlikely]] {
        miss = (bits_ & ~use.others) == 0 ? 1 : 0;
        bits_ &= use.others;
      }
      if (occupied_ < capacity_) [[unlikely]] {
        occupied_ += miss;
      } else {
        bits_ &= bits_ - miss;  // without the lowest, the oldest resident's
      }
      while (bits_ == 0) [[unlikely]] bits_ = uses.words_[++word_];
      return miss == 0;
    }
    /// Whether it holds a block that was last used at `before`.
    bool holds(std::uint64_t before) const {
      return before >= word_ * kBits + static_cast<unsigned>(std::countr_zero(bits_));
    }
    std::uint64_t occupied() const { return occupied_; }

   private:
    std::uint64_t capacity_;
    std::uint64_t occupied_ = 0;
    std::size_t word_ = 0;               // of the set, where the oldest resident is
    std::uint64_t bits_ = kAllBits - 1;  // what that word has left: its lowest is the oldest's
  };

 private:
  static constexpr std::size_t kBits = 64;
  static constexpr std::uint64_t kAllBits = std::numeric_limits<std::uint64_t>::max();
  static std::size_t count(std::size_t accesses) { return accesses / kBits + 2; }

  std::vector<std::uint64_t> words_;  // bit 1 + p: position p; bit 0 stands for "never"
};

}  // namespace kvsim
