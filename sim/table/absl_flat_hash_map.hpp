#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/hash/hash.h>

#include "sim/table/library_map.hpp"

namespace kvsim {

template <class Allocator>
using AbslMap = absl::flat_hash_map<std::uint64_t, Slot, absl::Hash<std::uint64_t>,
                                    std::equal_to<std::uint64_t>, Allocator>;

/// Abseil's: Swiss groups of 16 places, of which at most 7/8 are filled, a power of two less one in
/// number. absl::Hash mixes keys, seeded by the process: no two runs place them alike.
class AbslFlatHashMap : public LibraryMap<AbslMap> {
 public:
  static constexpr std::string_view kName = "absl_flat_hash_map";
  static constexpr std::string_view kDoc =
      "absl::flat_hash_map, for comparison: groups of 16, mixes keys itself; counts no probes.";

  AbslFlatHashMap(const Config&, const TableShape& shape)
      : LibraryMap(shape, {.max_load = 7.0 / 8, .double_up = true}) {}
};

static_assert(HashTable<AbslFlatHashMap>);

}  // namespace kvsim
