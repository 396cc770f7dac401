#pragma once
// A flat cache driven online: by a real run, whose blocks are not known beforehand. The same
// FlatCache under the same policies as in a replay.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "sim/core/ids.hpp"
#include "sim/engine/flat_cache.hpp"
#include "sim/engine/replay.hpp"

namespace kvsim {

/// A cache with its policy's type erased. Accesses number themselves in the order in which they
/// come. Equal calls on equal caches do the same, and a replay of a trace's recorded events makes
/// them too, if slots are handed out in the order in which blocks are first named.
class LiveCache {
 public:
  virtual ~LiveCache() = default;
  virtual bool contains(Slot slot) const = 0;
  /// Touches a resident block.
  virtual void hit(Slot slot) = 0;
  /// Touches a block that is resident (true), or inserts it, which the policy may decline.
  virtual bool access(Slot slot) = 0;
  /// A pinned block is not evicted until it is unpinned as often.
  virtual void pin(Slot slot) = 0;
  virtual void unpin(Slot slot) = 0;
  /// Called with every block that is evicted, within hit() and access(). Where the policy inserts
  /// first, that may be the block being inserted.
  virtual void observe_evictions(std::function<void(Slot)> observer) = 0;
  virtual const CacheCounts& counts() const = 0;
  /// Resident blocks.
  virtual std::uint64_t occupied() const = 0;
  virtual std::uint64_t capacity() const = 0;
  virtual std::size_t memory_bytes() const = 0;
};

/// `capacity` in blocks; slots are 0 … `slots`-1. Throws InputError for a policy that must know the
/// future, and as checked() does.
std::unique_ptr<LiveCache> make_live_cache(const PolicySpec& policy, std::uint64_t capacity,
                                           std::uint32_t slots, std::uint64_t seed);

}  // namespace kvsim
