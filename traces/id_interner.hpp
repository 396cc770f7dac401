#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim {

/// Gives distinct 64-bit ids dense slots in order of first appearance, exactly: ids are compared,
/// hashes only say where to look.
///
/// Small, dense ids index an array directly. Others live in an open-addressing table, probed batch
/// by batch with prefetches. The table's hash is seeded at random, so that no file can make it
/// slow; slots do not depend on it.
class IdInterner {
 public:
  IdInterner();

  /// Appends the slot of each id to `slots`. At most 2^32 - 2 ids over the interner's life.
  void intern(std::span<const std::uint64_t> ids, std::vector<Slot>& slots);

  /// The id of each slot so far.
  const std::vector<std::uint64_t>& ids() const { return ids_; }
  std::vector<std::uint64_t> take_ids() { return std::move(ids_); }

 private:
  struct Entry {
    std::uint64_t id;
    Slot slot;
  };

  void intern_batch(std::span<const std::uint64_t> ids, Slot* out);
  Slot find_direct(std::uint64_t id);
  Slot find_hashed(std::uint64_t id, std::size_t bucket);
  Slot add(std::uint64_t id);
  void grow_direct(std::uint64_t largest);
  void reserve_table(std::size_t more);
  std::size_t bucket_of(std::uint64_t id) const;

  std::vector<std::uint64_t> ids_;
  std::vector<Slot> direct_;  ///< by id; kNoSlot: not seen
  std::vector<Entry> table_;  ///< a power of two; slot kNoSlot: free
  std::size_t in_table_ = 0;
  unsigned shift_ = 64;
  std::uint64_t seen_ = 0;
  std::uint64_t seed_a_;
  std::uint64_t seed_b_;
};

/// The same for blocks named by content alone: a block's identity is its component and id together
/// with the slot of the block before it.
class PathInterner {
 public:
  PathInterner();

  /// The slot of the block `id` of `component` after the block `parent` (kNoSlot: the first).
  Slot intern(Slot parent, std::uint32_t component, std::uint64_t id);
  std::uint32_t distinct() const { return distinct_; }

 private:
  struct Entry {
    std::uint64_t id;
    Slot parent;
    std::uint32_t component;
    Slot slot;
  };

  std::size_t bucket_of(Slot parent, std::uint32_t component, std::uint64_t id) const;
  void grow();

  std::vector<Entry> table_;
  std::uint32_t distinct_ = 0;
  unsigned shift_ = 64;
  std::uint64_t seed_a_;
  std::uint64_t seed_b_;
};

}  // namespace kvsim
