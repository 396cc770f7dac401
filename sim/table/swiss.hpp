#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/table/places.hpp"
#include "sim/table/tag_group.hpp"
#include "sim/table/tombstones.hpp"

namespace kvsim {

/// Groups of 16 places, each with a control byte that holds 7 bits of the key: one comparison finds
/// the few places of a group that are worth a look. Groups follow at steps of 1, 2, 3, … A group
/// that a search may have passed gets tombstones, which are cleaned up in place when fewer than
/// half of the spare places are empty.
///
/// Source: Benzaquen, Evlogimenos, Kulukundis and Perepelitsa 2017, the design of Abseil's "Swiss
/// tables". Tag: the key's low 7 bits; first group: the bits above them, so that truncated keys
/// keep both; groups: a power of two. A probe is a group looked at; a miss ends in one with an
/// empty place. 17 bytes a place. Deviations: groups lie at multiples of 16 places; it never grows;
/// loads go up to 31/32, not 7/8.
template <class Group>
class SwissOver {
 public:
  static constexpr std::string_view kName = "swiss";
  static constexpr std::string_view kDoc =
      "Groups of 16 places with tags of 7 bits, compared at once (the design of Abseil's Swiss "
      "tables, 2017).";
  static constexpr bool kCountsProbes = true;
  static constexpr unsigned kTagBits = 7;  ///< the low ones, which do not place a key
  struct Config {};

  SwissOver(const Config&, const TableShape& shape)
      : SwissOver(groups_for(shape), shape.capacity) {}

  template <class Probes>
  const Slot* find(std::uint64_t key, Probes& probes) const {
    const std::uint64_t place = place_of(key, probes);
    return place != kNowhere ? &entries_[place].value : nullptr;
  }
  template <class Probes>
  bool insert(std::uint64_t key, Slot value, Probes& probes) {
    if (place_of(key, probes) != kNowhere) return false;
    const std::uint64_t place = open_place(key, probes);
    Control& control = control_of(place);
    empty_ -= control == kEmptyPlace;
    control = tag_of(key);
    entries_[place] = {key, value};
    ++size_;
    if (empty_ < least_empty_) clean_up();
    return true;
  }
  template <class Probes>
  bool erase(std::uint64_t key, Probes& probes) {
    const std::uint64_t place = place_of(key, probes);
    if (place == kNowhere) return false;
    // No search has passed a group that has an empty place.
    if (Group::equal_to(controls_[place / kGroupSize], kEmptyPlace)) {
      control_of(place) = kEmptyPlace;
      ++empty_;
    } else {
      control_of(place) = kTombstone;
    }
    --size_;
    return true;
  }

  void prefetch(std::uint64_t key) const {
    const std::uint64_t group = bucket_of(key);
    __builtin_prefetch(&controls_[group]);
    __builtin_prefetch(&entries_[group * kGroupSize]);
  }
  std::uint64_t size() const { return size_; }
  std::uint64_t buckets() const { return controls_.size(); }
  std::uint64_t bucket_of(std::uint64_t key) const { return (key >> kTagBits) & mask_; }
  std::size_t memory_bytes() const {
    return controls_.capacity() * sizeof(ControlGroup) + entries_.capacity() * sizeof(Entry);
  }

 private:
  struct Entry {
    std::uint64_t key;
    Slot value;
  };
  static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

  SwissOver(std::uint64_t groups, std::uint64_t capacity)
      : controls_(groups, empty_group()),
        entries_(groups * kGroupSize),
        mask_(groups - 1),
        empty_(entries_.size()),
        least_empty_(least_empty(entries_.size(), capacity)) {}

  static std::uint64_t groups_for(const TableShape& shape) {
    return std::max<std::uint64_t>(power_of_two_places_for(shape) / kGroupSize, 1);
  }
  static ControlGroup empty_group() {
    ControlGroup group{};
    group.bytes.fill(kEmptyPlace);
    return group;
  }
  static Control tag_of(std::uint64_t key) {
    return static_cast<Control>(key & ((1U << kTagBits) - 1));
  }
  Control& control_of(std::uint64_t place) {
    return controls_[place / kGroupSize].bytes[place % kGroupSize];
  }

  template <class Probes>
  std::uint64_t place_of(std::uint64_t key, Probes& probes) const {
    std::uint64_t group = bucket_of(key);
    for (std::uint64_t step = 1;; group = (group + step++) & mask_) {
      probes();
      const ControlGroup& controls = controls_[group];
      for (PlacesInGroup tagged = Group::equal_to(controls, tag_of(key)); tagged;
           tagged.drop_first()) {
        const std::uint64_t place = group * kGroupSize + tagged.first();
        if (entries_[place].key == key) return place;
      }
      if (Group::equal_to(controls, kEmptyPlace)) return kNowhere;
    }
  }
  // The first place without an entry in the search for the key.
  template <class Probes>
  std::uint64_t open_place(std::uint64_t key, Probes& probes) const {
    std::uint64_t group = bucket_of(key);
    for (std::uint64_t step = 1;; group = (group + step++) & mask_) {
      probes();
      const PlacesInGroup open = Group::open(controls_[group]);
      if (open) return group * kGroupSize + open.first();
    }
  }

  // A tombstone's byte stands for an entry that waits.
  void clean_up() {
    for (ControlGroup& group : controls_) {
      for (Control& c : group.bytes) c = c >= 0 ? kTombstone : kEmptyPlace;
    }
    NoProbes none;
    settle_in_place(
        entries_.size(), [&](std::uint64_t p) { return control_of(p) == kTombstone; },
        [&](std::uint64_t p) { return open_place(entries_[p].key, none); },
        [&](std::uint64_t p, std::uint64_t q) {
          std::swap(entries_[p], entries_[q]);
          std::swap(control_of(p), control_of(q));
        },
        [&](std::uint64_t p) { control_of(p) = tag_of(entries_[p].key); });
    empty_ = entries_.size() - size_;
  }

  std::vector<ControlGroup> controls_;
  std::vector<Entry> entries_;
  std::uint64_t mask_;
  std::uint64_t size_ = 0;
  std::uint64_t empty_;  // neither entries nor tombstones
  std::uint64_t least_empty_;
};

using Swiss = SwissOver<NativeGroup>;
static_assert(HashTable<Swiss>);

}  // namespace kvsim
