#pragma once

#include <bit>
#include <vector>

#include "policies/fast_form.hpp"
#include "policies/recency/lru.hpp"

namespace kvsim {

/// LRU without a list. The resident blocks' last accesses are a set of positions; a block is
/// resident exactly if its previous access lies behind the oldest of them, and an eviction takes
/// the next one of the set. A bit an access of the stream, none a slot.
class LruFast {
 public:
  using Policy = Lru;
  static constexpr bool kNeedsPrevious = true;
  static bool serves(const Lru::Config&, std::uint64_t, std::uint64_t) { return true; }

  LruFast(const Lru::Config&, std::uint64_t capacity, const StreamColumns& columns)
      : previous_(columns.previous),
        capacity_(capacity),
        last_uses_(columns.slot.size() / 64 + 1) {}

  bool access(Position p) {
    const Position before = previous_[p];
    last_uses_[p / 64] |= bit(p);
    if (before > gone_) {
      last_uses_[(before - 1) / 64] &= ~bit(before - 1);
      return true;
    }
    if (occupied_ < capacity_) {
      ++occupied_;
    } else {
      evict();
    }
    return false;
  }
  bool resident(Position p, Position first) const {
    Position before = previous_[p];
    while (before > first) before = previous_[before - 1];  // earlier in the same request
    return before > gone_;
  }
  std::uint64_t occupied() const { return occupied_; }
  void prefetch(Position p) const { __builtin_prefetch(&last_uses_[previous_[p] / 64], 1); }
  std::size_t memory_bytes() const { return last_uses_.capacity() * sizeof(std::uint64_t); }

 private:
  static std::uint64_t bit(Position p) { return std::uint64_t{1} << (p % 64); }

  void evict() {
    std::size_t word = gone_ / 64;
    std::uint64_t bits = last_uses_[word] & (~std::uint64_t{0} << (gone_ % 64));
    while (bits == 0) bits = last_uses_[++word];
    gone_ = static_cast<Position>(word * 64) + static_cast<Position>(std::countr_zero(bits)) + 1;
  }

  const Position* previous_;
  std::uint64_t capacity_;
  std::uint64_t occupied_ = 0;
  Position gone_ = 0;  // whoever was last used before this position has left
  std::vector<std::uint64_t> last_uses_;
};

static_assert(FastForm<LruFast>);

template <>
struct FastFormOf<Lru> {
  using Type = LruFast;
};

}  // namespace kvsim
