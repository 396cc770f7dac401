#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/column_builder.hpp"
#include "sim/core/ids.hpp"

namespace kvsim {

/// Gives distinct 64-bit ids dense slots in order of first appearance, exactly: ids are compared,
/// hashes only say where to look.
///
/// Small, dense ids index an array directly. Others live in an open-addressing table of 8 bytes a
/// bucket, probed batch by batch with prefetches: an id takes 19 to 30 bytes in all. The table's
/// hash is seeded at random, so that no file can make it slow; slots do not depend on it.
class IdInterner {
 public:
  IdInterner();

  /// Writes the slot of each id to `slots`. At most 2^32 - 2 ids over the interner's life.
  void intern(std::span<const std::uint64_t> ids, Slot* slots);
  /// The same for `count` successive ids from `first` on.
  void intern_run(std::uint64_t first, std::size_t count, Slot* slots);

  /// The id of each slot so far.
  std::span<const std::uint64_t> ids() const { return ids_.span(); }
  Column<std::uint64_t> take_ids() { return ids_.take(); }

 private:
  /// Part of an id's hash, and its slot; kNoSlot: free.
  struct Bucket {
    std::uint32_t hash;
    Slot slot;
  };

  void intern_batch(std::span<const std::uint64_t> ids, Slot* slots);
  void copy_direct(std::uint64_t first, std::size_t count, Slot* slots);
  Slot find_direct(std::uint64_t id);
  Slot find_hashed(std::uint64_t id, std::uint32_t hash);
  Slot add(std::uint64_t id);
  void cover_directly(std::uint64_t largest);
  void reserve_table(std::size_t more);
  std::uint32_t hash_of(std::uint64_t id) const;
  std::size_t place_of(std::uint32_t hash) const { return hash >> shift_; }

  ColumnBuilder<std::uint64_t> ids_;
  ColumnBuilder<Slot> direct_;   ///< by id; kNoSlot: not seen
  ColumnBuilder<Bucket> table_;  ///< a power of two
  std::size_t in_table_ = 0;
  unsigned shift_ = 32;
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
