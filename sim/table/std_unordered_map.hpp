#pragma once

#include <unordered_map>

#include "sim/table/library_map.hpp"

namespace kvsim {

template <class Allocator>
using StdMap = std::unordered_map<std::uint64_t, Slot, std::hash<std::uint64_t>,
                                  std::equal_to<std::uint64_t>, Allocator>;

/// The standard library's: chains, a node an entry. libstdc++'s std::hash is the identity and its
/// buckets are a prime number, so that keys place themselves here, too. The load is met up
/// to the next such prime.
class StdUnorderedMap : public LibraryMap<StdMap> {
 public:
  static constexpr std::string_view kName = "std_unordered_map";
  static constexpr std::string_view kDoc =
      "std::unordered_map, for comparison: chains of nodes, std::hash; counts no probes.";

  StdUnorderedMap(const Config&, const TableShape& shape)
      : LibraryMap(shape, {.max_load = 1, .double_up = false}) {}
};

static_assert(HashTable<StdUnorderedMap>);

}  // namespace kvsim
