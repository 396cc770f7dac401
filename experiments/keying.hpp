#pragma once
// How a sweep's blocks get keys, and which tables hold them.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/component.hpp"
#include "sim/engine/block_keys.hpp"

namespace kvsim {

/// Entries over places of a full table, unless one is asked for.
inline constexpr double kDefaultLoad = 0.8;

/// The lists of a sweep; all empty: blocks are told apart exactly, without hashing.
struct KeySweep {
  std::vector<ComponentSpec> hashes;  ///< empty: xxh3_64, or what the chain brings
  std::vector<std::uint32_t> bits;    ///< empty: all that the function has
  std::optional<std::uint64_t> seed;  ///< of the hash function
  std::vector<ComponentSpec> chains;  ///< empty: kvsim
  std::vector<ComponentSpec> tables;  ///< empty: dense
  std::vector<double> loads;          ///< empty: kDefaultLoad

  bool asks_for_hash() const;
};

/// One way to key and hold blocks.
struct Keying {
  std::optional<KeySpec> keys;  ///< none: slots as they are
  ComponentSpec table{"dense", {}};
  double load = kDefaultLoad;
};

/// Every combination: an engine's chain takes part with its own function, `dense` without loads.
/// Throws InputError where a function was asked for that no chain uses, or a load without a table.
std::vector<Keying> keyings_of(const KeySweep& sweep);

/// What two equal ones share.
std::string identity_of(const Keying& keying);

}  // namespace kvsim
