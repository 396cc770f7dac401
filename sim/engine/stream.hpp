#pragma once
// The accesses that a replay makes, in the order in which it makes them. Derived from a trace once
// and shared by all runs that read it alike.

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/core/column.hpp"
#include "sim/core/ids.hpp"
#include "traces/trace.hpp"

namespace kvsim {

/// How a request consults the cache.
enum class Reuse {
  kObject,  ///< each block is an independent access, in order
  kPrefix,  ///< hits are the longest run of resident blocks from the request's start
};
/// The order in which a request's blocks are touched or inserted after look-up (prefix reuse).
enum class TouchOrder { kHeadFirst, kTailFirst };
/// Which of a prompt's blocks are looked up and cached.
enum class Lookup {
  kAll,         ///< every block
  kFullBlocks,  ///< only full blocks are cached, and at most (n-1)/block_size of n tokens looked up
};

std::string_view name_of(Reuse reuse);
std::string_view name_of(TouchOrder order);
std::string_view name_of(Lookup lookup);

/// The accesses of one way of reading a trace: its blocks at one block size, the look-up rule and
/// the touch order applied.
struct AccessStream {
  const Trace* trace = nullptr;
  TouchOrder touch_order = TouchOrder::kHeadFirst;
  Lookup lookup = Lookup::kAll;
  bool has_events = false;  ///< blocks run over input and output, and the trace's events order them

  std::uint64_t requests = 0;
  std::uint32_t distinct = 0;     ///< distinct blocks of the trace; slots are below it
  std::uint32_t block_size = 0;   ///< tokens; 0 for objects
  Column<std::uint64_t> offset;   ///< requests+1 offsets into `slot`; empty: one access a request
  Column<Slot> slot;              ///< touched slots; within a request in touch order
  Column<std::uint32_t> lookups;  ///< blocks looked up, one a request; empty: all touched ones
  Column<std::uint32_t> tokens_per_block;   ///< one a request; empty: block_size
  Column<std::uint32_t> last_block_tokens;  ///< tokens of a request's last touched block
  Column<std::uint64_t> id;                 ///< a slot's id; may be empty
  Column<std::uint32_t> bytes;              ///< a slot's object size; may be empty
  Column<std::uint32_t> access_bytes;       ///< one an access, if an object's size changes
  Column<Position> next;      ///< position of the same block's next access; see derive_next()
  Column<Position> previous;  ///< 1 + that of its previous one, or 0; see derive_previous()

  std::uint64_t begin(std::uint64_t r) const { return offset.empty() ? r : offset[r]; }
  std::uint64_t end(std::uint64_t r) const { return offset.empty() ? r + 1 : offset[r + 1]; }
  std::uint32_t lookups_of(std::uint64_t r) const {
    return lookups.empty() ? static_cast<std::uint32_t>(end(r) - begin(r)) : lookups[r];
  }
  bool has_tokens() const { return block_size != 0 && !trace->requests.input_tokens.empty(); }
  bool has_sizes() const { return !bytes.empty(); }

  /// Bytes of the object accessed at `position`; needs sizes.
  std::uint64_t bytes_at(std::uint64_t position) const {
    return access_bytes.empty() ? bytes[slot[position]] : access_bytes[position];
  }

  /// Tokens in the first `blocks` blocks of request `r`.
  std::uint64_t prefix_tokens(std::uint64_t r, std::uint64_t blocks) const {
    if (blocks == 0) return 0;
    const std::uint64_t each = tokens_per_block.empty() ? block_size : tokens_per_block[r];
    if (blocks < end(r) - begin(r)) return blocks * each;
    return (blocks - 1) * each + last_block_tokens[r];
  }
  /// Bytes of those blocks; needs sizes.
  std::uint64_t prefix_bytes(std::uint64_t r, std::uint64_t blocks) const {
    const bool is_head_first = touch_order == TouchOrder::kHeadFirst;
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < blocks; ++i) {
      sum += bytes_at(is_head_first ? begin(r) + i : end(r) - 1 - i);
    }
    return sum;
  }
  /// Tokens in its block number `block`, from 0.
  std::uint64_t block_tokens(std::uint64_t r, std::uint64_t block) const {
    return prefix_tokens(r, block + 1) - prefix_tokens(r, block);
  }
};

/// The stream of `trace`, which must outlive it. `block_size` is needed for token traces and must
/// be 0 or the trace's own otherwise. Throws InputError where the trace lacks what is asked.
AccessStream make_stream(const Trace& trace, std::uint32_t block_size, Lookup lookup,
                         TouchOrder touch_order);

/// For each position, that of the same slot's next access, or kNever. One backward pass.
Column<Position> derive_next(const AccessStream& stream);

/// For each position, 1 + that of the same slot's previous access, or 0. One forward pass.
Column<Position> derive_previous(const AccessStream& stream);

}  // namespace kvsim
