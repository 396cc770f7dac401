#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/table/places.hpp"
#include "sim/table/tombstones.hpp"

namespace kvsim {

/// Searches at steps of 1, 2, 3, …: places 0, 1, 3, 6, … after home, which come to every place
/// where their number is a power of two. Deletions leave tombstones, which are cleaned up in place
/// when fewer than half of the spare places are empty.
///
/// Source: Maurer 1968, "An improved hash code for scatter storage"; the steps are those of Knuth,
/// TAOCP 6.4, exercise 20. First place: the key's low bits; places: a power of two. A probe is a
/// place looked at; a miss ends with an empty one. 16 bytes a place.
class QuadraticProbing {
 public:
  static constexpr std::string_view kName = "quadratic_probing";
  static constexpr std::string_view kDoc =
      "Places at triangular numbers from the key's low bits on; deletion leaves tombstones (Maurer "
      "1968; Knuth, TAOCP 6.4, exercise 20).";
  static constexpr bool kCountsProbes = true;
  struct Config {};

  QuadraticProbing(const Config&, const TableShape& shape)
      : places_(power_of_two_places_for(shape)),
        mask_(places_.size() - 1),
        empty_(places_.size()),
        least_empty_(least_empty(places_.size(), shape.capacity)) {}

  template <class Probes>
  const Slot* find(std::uint64_t key, Probes& probes) const {
    const Found found = search(key, probes);
    return found.is_there ? &places_[found.place].value : nullptr;
  }
  template <class Probes>
  bool insert(std::uint64_t key, Slot value, Probes& probes) {
    const Found found = search(key, probes);
    if (found.is_there) return false;
    Place& p = places_[found.place];
    empty_ -= p.state == State::kEmpty;
    p = {key, value, State::kEntry};
    ++size_;
    if (empty_ < least_empty_) clean_up();
    return true;
  }
  template <class Probes>
  bool erase(std::uint64_t key, Probes& probes) {
    const Found found = search(key, probes);
    if (!found.is_there) return false;
    places_[found.place].state = State::kTombstone;
    --size_;
    return true;
  }

  void prefetch(std::uint64_t key) const { __builtin_prefetch(&places_[key & mask_]); }
  std::uint64_t size() const { return size_; }
  std::uint64_t buckets() const { return places_.size(); }
  std::uint64_t bucket_of(std::uint64_t key) const { return key & mask_; }
  std::size_t memory_bytes() const { return places_.capacity() * sizeof(Place); }

 private:
  enum class State : std::uint32_t { kEmpty, kTombstone, kWaiting, kEntry };
  struct Place {
    std::uint64_t key = 0;
    Slot value = 0;
    State state = State::kEmpty;
  };
  struct Found {
    std::uint64_t place;  // where it is, or where it would go
    bool is_there;
  };

  template <class Probes>
  Found search(std::uint64_t key, Probes& probes) const {
    std::uint64_t place = key & mask_;
    std::uint64_t open = kNowhere;  // the first tombstone
    for (std::uint64_t step = 1;; place = (place + step++) & mask_) {
      probes();
      const Place& p = places_[place];
      if (p.state == State::kEntry) {
        if (p.key == key) return {place, true};
      } else if (p.state == State::kEmpty) {
        return {open == kNowhere ? place : open, false};
      } else if (open == kNowhere) {
        open = place;
      }
    }
  }

  void clean_up() {
    for (Place& p : places_) {
      p.state = p.state == State::kEntry ? State::kWaiting : State::kEmpty;
    }
    settle_in_place(
        places_.size(), [&](std::uint64_t p) { return places_[p].state == State::kWaiting; },
        [&](std::uint64_t p) {
          std::uint64_t place = places_[p].key & mask_;
          for (std::uint64_t step = 1; places_[place].state == State::kEntry;) {
            place = (place + step++) & mask_;
          }
          return place;
        },
        [&](std::uint64_t p, std::uint64_t q) { std::swap(places_[p], places_[q]); },
        [&](std::uint64_t p) { places_[p].state = State::kEntry; });
    empty_ = places_.size() - size_;
  }

  static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

  std::vector<Place> places_;
  std::uint64_t mask_;
  std::uint64_t size_ = 0;
  std::uint64_t empty_;  // neither entries nor tombstones
  std::uint64_t least_empty_;
};

static_assert(HashTable<QuadraticProbing>);

}  // namespace kvsim
