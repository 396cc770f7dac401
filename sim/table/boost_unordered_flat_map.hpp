#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include "sim/table/library_map.hpp"

namespace kvsim {

template <class Allocator>
using BoostMap = boost::unordered_flat_map<std::uint64_t, Slot, boost::hash<std::uint64_t>,
                                           std::equal_to<std::uint64_t>, Allocator>;

/// Boost's: groups of 15 places, of which at most 7/8 are filled, a power of two in number. It
/// mixes what boost::hash gives, which is the key.
class BoostUnorderedFlatMap : public LibraryMap<BoostMap> {
 public:
  static constexpr std::string_view kName = "boost_unordered_flat_map";
  static constexpr std::string_view kDoc =
      "boost::unordered_flat_map, for comparison: groups of 15, mixes keys itself; counts no "
      "probes.";

  BoostUnorderedFlatMap(const Config&, const TableShape& shape)
      : LibraryMap(shape, {.max_load = 7.0 / 8, .double_up = true}) {}
};

static_assert(HashTable<BoostUnorderedFlatMap>);

}  // namespace kvsim
