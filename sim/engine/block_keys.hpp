#pragma once
// The keys that a hash function gives a stream's blocks, and which of them coincide.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/component.hpp"
#include "sim/core/ids.hpp"
#include "sim/engine/stream.hpp"

namespace kvsim {

/// How a block gets its key.
struct KeySpec {
  ComponentSpec hash{"xxh3_64", {}};  ///< an engine's chain brings its own, and this is its name
  unsigned bits = 0;                  ///< of the digest, the low ones; 0: all
  std::uint64_t seed = 0;             ///< of the function
  ComponentSpec chain{"kvsim", {}};   ///< how a block's key follows from its parent's
  bool operator==(const KeySpec&) const = default;
};

/// Checks names, parameters, bits and seed, and how they fit together, fills in `bits`, and for an
/// engine's chain the hash. Throws InputError.
KeySpec checked(KeySpec spec);
/// Throws InputError where the stream lacks what the chain needs: engines' chains need token ids.
void check_keys(const AccessStream& stream, const KeySpec& spec);

/// The keys of a stream's blocks. Under the `kvsim` chain a block's key is the digest, cut to
/// `bits`, of its parent's cut key (zeros for a first block) and its tokens as little-endian u32,
/// where the trace has tokens; else of its id as eight little-endian bytes, or, where ids are no
/// numbers, of its number in order of first appearance. An engine's chain passes whole digests on,
/// and only the key is cut.
struct BlockKeys {
  KeySpec spec;
  std::vector<std::uint64_t> word;  ///< a slot's key: its low 64 bits
  std::vector<Slot> first;          ///< the first slot with the same key; empty: all keys differ
  bool words_differ = true;         ///< distinct keys have distinct words
  std::uint64_t blocks = 0;         ///< distinct blocks that the stream touches
  std::uint64_t keys = 0;           ///< their distinct keys
  std::uint64_t inputs = 0;  ///< what was hashed to them: fewer than blocks where parents collide
  std::vector<Slot> representative;  ///< one slot of each distinct key, in order of appearance

  /// The slot that stands for all blocks with the key of `s`.
  Slot key_slot(Slot s) const { return first.empty() ? s : first[s]; }
  std::uint64_t collisions() const { return blocks - keys; }
  double expected_collisions() const;
  /// Two-sided, of the collisions of different inputs under an ideal hash.
  double p_value() const;
};

/// Throws as checked() and check_keys() do.
BlockKeys make_block_keys(const AccessStream& stream, const KeySpec& spec);

/// The stream as a cache sees it that knows only keys: its slots are key slots. Derived columns are
/// kept where all keys differ, and dropped otherwise.
AccessStream keyed_stream(const AccessStream& stream, const BlockKeys& keys);

}  // namespace kvsim
