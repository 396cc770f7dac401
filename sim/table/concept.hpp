#pragma once
// What a hash table is here: a map from a 64-bit key, which is a hash already, to a slot. Added by
// one file and one line in tables.list.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/core/fields.hpp"
#include "sim/core/ids.hpp"

namespace kvsim {

/// What a table must hold, and how full it then is.
struct TableShape {
  std::uint64_t capacity = 0;  ///< entries at most
  double load = 0.8;           ///< capacity over places, as near as the table's sizes allow
};

/// Counts the places that an operation looks at. `NoProbes` costs nothing.
struct ProbeCounter {
  std::uint32_t count = 0;
  void operator()() { ++count; }
};
struct NoProbes {
  void operator()() const {}
};

/// Keys place themselves: the first bucket follows from the key's low bits or its remainder, with
/// no mixing of the table's own (the baselines of libraries may mix: they say so). Every key is
/// allowed. `probes()` is called once a place looked at: an entry or an empty place, a node of a
/// chain, a bucket of several places, or a group. Tables that count probes never grow: more entries
/// than the capacity are a programmer's error.
///
/// Optional: `prefetch(key)`, and a `Theory`, made from the number of buckets, with a `kName` and
/// what look-ups take in the mean under an ideal hash in a table of so many entries: `hit(entries)`
/// and `miss(entries)`, whatever operations led there; what has no such formula is left out.
template <class T>
concept HashTable = requires(T& table, const T& held, const typename T::Config& config,
                             const TableShape& shape, std::uint64_t key, Slot value,
                             ProbeCounter& probes) {
  { T::kName } -> std::convertible_to<std::string_view>;
  { T::kDoc } -> std::convertible_to<std::string_view>;
  { T::kCountsProbes } -> std::convertible_to<bool>;  // false: a library's table
  T(config, shape);
  { held.find(key, probes) } -> std::same_as<const Slot*>;     // null where it is not there
  { table.insert(key, value, probes) } -> std::same_as<bool>;  // false: there, and left as it was
  { table.erase(key, probes) } -> std::same_as<bool>;          // false: was not there
  { held.size() } -> std::same_as<std::uint64_t>;
  { held.buckets() } -> std::same_as<std::uint64_t>;  // first buckets that there are
  { held.memory_bytes() } -> std::same_as<std::size_t>;
  fields_of<typename T::Config>();
}
&&(!T::kCountsProbes || requires(const T& held, std::uint64_t key) {
  { held.bucket_of(key) } -> std::same_as<std::uint64_t>;  // a key's first bucket
});

}  // namespace kvsim
