#pragma once
// What a look-up takes, in time and in memory.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/component.hpp"

namespace kvsim {

/// Mean time of look-ups that all find their key, or all do not.
struct LookupTiming {
  std::string table;
  double load = 0;  ///< as asked; libraries' tables come as near as theirs do, up to 7/8
  bool hit = false;
  std::uint64_t entries = 0;
  double ns = 0;  ///< a look-up, the median of several rounds
  std::uint64_t memory_bytes = 0;
  std::uint64_t buckets = 0;
};

/// Times look-ups of random keys, one after another but independent, so that the processor overlaps
/// them: first hits, then misses. Answers are checked before. The table holds about `entries`
/// entries: as many as fill the power of two of places that is nearest to `load`, so that tables of
/// any size and of powers of two have that load alike (but above 31/32, which the latter refuse).
/// `lookups` is of each round, at least 1; where it is below the entries, caches hold more than
/// they would. Throws InputError as make_table(); not for `dense`.
std::vector<LookupTiming> time_lookups(const ComponentSpec& table, double load,
                                       std::uint64_t entries, std::uint64_t lookups,
                                       std::uint64_t seed);

}  // namespace kvsim
