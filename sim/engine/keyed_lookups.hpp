#pragma once
// A cache that knows blocks by keys only: what a replay needs for it, and what comes of it.

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "sim/engine/block_keys.hpp"
#include "sim/hash/collisions.hpp"
#include "sim/table/driven_table.hpp"

namespace kvsim {

struct ReplayJob;

/// The keys of a replay's blocks, and the table that holds them. Pointers are borrowed.
struct KeyedLookups {
  const BlockKeys* keys = nullptr;
  const AccessStream* blocks = nullptr;  ///< the stream that the keys were made from
  ComponentSpec table{"dense", {}};      ///< "dense": none
  double load = 0.8;                     ///< entries over places when the cache is full
};

/// What keys did, over the counted requests.
struct KeyedCounts {
  std::uint64_t false_hits = 0;  ///< look-ups answered by another block's entry
  /// By an ideal hash, to the first order in collisions: over all look-ups, the entries that the
  /// cache held when the block came in (or now, where it is not there), over the keys that there
  /// are. A block whose key another's entry holds never comes in, and its look-ups go on to be
  /// false. Where blocks leave and come back this is too much, by up to a third: of two that take
  /// turns, only the one that came first has right hits, and both are counted.
  double expected_false_hits = 0;
  std::uint64_t affected_requests = 0;
  std::uint64_t affected_tokens = 0;  ///< from a request's first affected block to its prompt's end
};

struct KeyedOutcome {
  KeyedCounts counts;
  std::optional<TableReport> table;
  std::optional<BucketTest> buckets;  ///< of the trace's distinct keys, each inserted once
};

/// What a replay's entries really hold, and the table that finds them.
///
/// An entry belongs to the block that its state was computed from. A look-up that another block's
/// entry answers is a false hit; it leaves the owner. What a request computes after one is
/// poisoned, and whoever hits a poisoned entry is affected from there on.
class KeyedState {
 public:
  /// The first affected block of a request, from 0.
  using Block = std::uint32_t;
  static constexpr Block kNotAffected = std::numeric_limits<Block>::max();

  /// Throws InputError where the table cannot hold the keys.
  explicit KeyedState(const ReplayJob& job);

  /// A counted look-up of the block accessed at `p`, the request's number `block`, among `entries`
  /// entries. Not counted: of a request of the warm-up.
  void look_up(Position p, Block block, bool resident, std::uint64_t entries, Block& affected,
               bool is_counted = true);
  /// A block that is touched without a counted look-up, which has to be found all the same.
  void find(Position p);
  /// `entries`: in the cache besides it.
  void inserted(Position p, Block block, std::uint64_t entries, Block affected);
  void evicted(Slot key);
  /// All that a request did is known.
  void end_request(std::uint64_t r, Block affected);
  /// Forgets counts: what came so far was warm-up.
  void forget();

  KeyedOutcome outcome();

 private:
  void check_sizes() const;
  void operate(TableOperation::Kind kind, Slot key);
  void flush();

  const AccessStream& stream_;
  const KeyedLookups lookups_;
  const Slot* block_;        // the true block of each access
  double chance_;            // that a key equals another
  std::vector<Slot> owner_;  // of a key's entry; empty where all keys differ
  std::vector<std::uint8_t> poisoned_;
  std::vector<std::uint32_t> entries_before_;  // entries there when a key came in
  KeyedCounts counts_;
  std::unique_ptr<DrivenTable> table_;
  std::vector<TableOperation> operations_;
};

}  // namespace kvsim
