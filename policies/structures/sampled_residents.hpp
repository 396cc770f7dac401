#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/rng.hpp"

namespace kvsim {

/// The resident blocks in no order, to draw from at random, each with what its rank is made of: an
/// `Entry`, whose member `slot` names the block. 4 bytes a slot, and an entry for each slot held.
template <class Entry>
class SampledResidents {
 public:
  /// `held`: how many slots are in here at once, at most; more than that allocates.
  SampledResidents(std::uint32_t slots, std::uint32_t held) : index_(slots, kNoSlot) {
    entries_.reserve(held);
  }

  bool contains(Slot s) const { return index_[s] != kNoSlot; }
  /// The entry of `s`, which must be in here; its `slot` must stay.
  Entry& operator[](Slot s) { return entries_[index_[s]]; }

  void add(const Entry& entry) {
    index_[entry.slot] = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back(entry);
  }
  void remove(Slot s) {
    entries_[index_[s]] = entries_.back();
    index_[entries_.back().slot] = index_[s];
    entries_.pop_back();
    index_[s] = kNoSlot;
  }

  /// The slot of the highest `rank(entry)` among `draws` blocks drawn with replacement, of equal
  /// ranks the first drawn; among all blocks where `draws` is 0, or none of those drawn may leave.
  /// kNoSlot if none may.
  template <class Rank, class Evictable>
  Slot highest(std::uint32_t draws, Rng& rng, const Rank& rank, const Evictable& evictable) const {
    Best<Rank> best(rank);
    if (entries_.empty()) return kNoSlot;
    HalfWordDraws halves(rng);
    const auto count = static_cast<std::uint32_t>(entries_.size());
    for (std::uint32_t i = 0; i < draws; ++i) {
      best.consider(entries_[halves.below(count)], evictable);
    }
    if (best.slot != kNoSlot) return best.slot;
    for (const Entry& entry : entries_) best.consider(entry, evictable);
    return best.slot;
  }

  std::size_t memory_bytes() const {
    return entries_.capacity() * sizeof(Entry) + index_.capacity() * sizeof(std::uint32_t);
  }
  void check_invariants() const {
    std::size_t indexed = 0;
    for (const std::uint32_t at : index_) indexed += at != kNoSlot;
    if (indexed != entries_.size()) throw std::logic_error("a block that left can still be drawn");
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (index_[entries_[i].slot] != i) throw std::logic_error("a resident's index is wrong");
    }
  }

 private:
  template <class Rank>
  struct Best {
    explicit Best(const Rank& r) : rank(r) {}
    template <class Evictable>
    void consider(const Entry& entry, const Evictable& evictable) {
      const auto own = rank(entry);
      if (slot != kNoSlot && !(own > highest)) return;
      if (!evictable(entry.slot)) return;
      highest = own;
      slot = entry.slot;
    }
    const Rank& rank;
    decltype(rank(std::declval<const Entry&>())) highest{};
    Slot slot = kNoSlot;
  };

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> index_;  // of a slot in here: where; else kNoSlot
};

}  // namespace kvsim
