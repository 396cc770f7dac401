#pragma once

#include <bit>
#include <limits>
#include <vector>

#include "policies/fast_form.hpp"
#include "policies/recency/lru.hpp"

namespace kvsim {

/// LRU without a list. The blocks' last accesses are a set of positions; a block is resident
/// exactly if its previous access is not before the oldest resident's, and an eviction takes that
/// one out. A bit an access of the stream, none a slot.
///
/// Every position counts as a last access until the next access of its block says otherwise, so
/// that an access clears one bit and sets none. Once the cache is full, nothing branches on whether
/// an access hits, which no processor can foretell.
class LruFast {
 public:
  using Policy = Lru;
  static constexpr NeedsPrevious kPrevious = NeedsPrevious::kYes;
  static bool serves(const Lru::Config&, std::uint64_t, std::uint64_t) { return true; }
  static std::size_t memory_bytes(std::uint64_t, const StreamColumns& columns) {
    return words(columns) * sizeof(std::uint64_t);
  }

  LruFast(const Lru::Config&, std::uint64_t capacity, const StreamColumns& columns)
      : previous_(columns.previous), capacity_(capacity), last_uses_(words(columns), kAllBits) {}

  bool access(Position p) {
    const std::uint64_t before = previous_[p];
    const std::size_t word = before / 64;
    const std::uint64_t others = std::rotl(~std::uint64_t{1}, static_cast<int>(before % 64));
    std::uint64_t miss = (std::uint64_t{word} - word_) >> 63;  // the borrow: no branch on it
    if (word == word_) [[unlikely]] {
      miss = (bits_ & ~others) == 0 ? 1 : 0;
      bits_ &= others;
    }
    last_uses_[word] &= others;
    if (occupied_ < capacity_) [[unlikely]] {
      occupied_ += miss;
    } else {
      bits_ &= bits_ - miss;  // without the lowest, the oldest resident's
    }
    while (bits_ == 0) [[unlikely]] bits_ = last_uses_[++word_];
    return miss == 0;
  }
  bool resident(Position p, Position first) const {
    Position before = previous_[p];
    while (before > first) before = previous_[before - 1];  // earlier in the same request
    return before >= word_ * 64 + static_cast<unsigned>(std::countr_zero(bits_));
  }
  std::uint64_t occupied() const { return occupied_; }
  void prefetch(Position p) const { __builtin_prefetch(&last_uses_[previous_[p] / 64], 1); }

 private:
  static constexpr std::uint64_t kAllBits = std::numeric_limits<std::uint64_t>::max();
  static std::size_t words(const StreamColumns& columns) { return columns.slot.size() / 64 + 2; }

  const Position* previous_;
  std::uint64_t capacity_;
  std::uint64_t occupied_ = 0;
  std::size_t word_ = 0;                  // of `last_uses_`, where the oldest resident is
  std::uint64_t bits_ = kAllBits - 1;     // what that word has left: its lowest is the oldest's
  std::vector<std::uint64_t> last_uses_;  // bit 1 + p: position p; bit 0 stands for "never"
};

static_assert(FastForm<LruFast>);

template <>
struct FastFormOf<Lru> {
  using Type = LruFast;
};

}  // namespace kvsim
