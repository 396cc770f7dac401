#pragma once
// What the tables of libraries share: they grow by their own rules, and count no probes.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "sim/table/concept.hpp"
#include "sim/table/counted_memory.hpp"

namespace kvsim {

/// `Map<Allocator>` is a map from keys to slots, with the library's own hash.
template <template <class Allocator> class Map>
class LibraryMap {
 public:
  static constexpr bool kCountsProbes = false;
  struct Config {};

  /// How the library chooses its number of buckets.
  struct Sizes {
    double max_load;
    bool double_up;  ///< each is twice the one before it
  };

  /// As near to the load as there is a number of buckets that is within the library's maximum.
  LibraryMap(const TableShape& shape, const Sizes& sizes) : map_(Allocator(*bytes_)) {
    const auto capacity = static_cast<double>(shape.capacity);
    const double nearest = capacity / shape.load / (sizes.double_up ? std::sqrt(2.0) : 1);
    map_.rehash(static_cast<std::size_t>(std::ceil(std::max(nearest, capacity / sizes.max_load))));
  }

  template <class Probes>
  const Slot* find(std::uint64_t key, Probes&) const {
    const auto found = map_.find(key);
    return found != map_.end() ? &found->second : nullptr;
  }
  template <class Probes>
  bool insert(std::uint64_t key, Slot value, Probes&) {
    return map_.emplace(key, value).second;
  }
  template <class Probes>
  bool erase(std::uint64_t key, Probes&) {
    return map_.erase(key) != 0;
  }

  std::uint64_t size() const { return map_.size(); }
  std::uint64_t buckets() const { return map_.bucket_count(); }
  std::size_t memory_bytes() const { return *bytes_; }

 private:
  using Allocator = CountingAllocator<std::pair<const std::uint64_t, Slot>>;

  // On the heap, so that a table may move.
  std::unique_ptr<std::size_t> bytes_ = std::make_unique<std::size_t>(0);
  Map<Allocator> map_;
};

}  // namespace kvsim
