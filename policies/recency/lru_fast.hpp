#pragma once

#include "policies/fast_form.hpp"
#include "policies/recency/lru.hpp"
#include "policies/structures/last_uses.hpp"

namespace kvsim {

/// LRU without a list: a block is resident exactly if its previous access is not before the oldest
/// resident's. A bit an access of the stream, none a slot.
class LruFast {
 public:
  using Policy = Lru;
  static constexpr NeedsPrevious kPrevious = NeedsPrevious::kYes;
  static bool serves(const Lru::Config&, std::uint64_t, std::uint64_t) { return true; }
  static std::size_t memory_bytes(std::uint64_t, const StreamColumns& columns) {
    return LastUses::memory_bytes(columns.slot.size());
  }

  LruFast(const Lru::Config&, std::uint64_t capacity, const StreamColumns& columns)
      : previous_(columns.previous), cache_(capacity), uses_(columns.slot.size()) {}

  bool access(Position p) { return cache_.access(uses_.supersede(previous_[p]), uses_); }
  bool resident(Position p, Position first) const {
    return cache_.holds(previous_[earliest_in_request(previous_, p, first)]);
  }
  std::uint64_t occupied() const { return cache_.occupied(); }
  void prefetch(Position p) const { uses_.prefetch(previous_[p]); }

 private:
  const Position* previous_;
  LastUses::Cache cache_;
  LastUses uses_;
};

static_assert(FastForm<LruFast>);

template <>
struct FastFormOf<Lru> {
  using Type = LruFast;
};

}  // namespace kvsim
