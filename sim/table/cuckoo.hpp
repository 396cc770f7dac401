#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/core/scrambled.hpp"
#include "sim/table/places.hpp"

namespace kvsim {

/// Each key has two buckets of four places, and is in one of them. Where both are full, entries
/// move to their other buckets along the shortest path to a free place, sought among the first 512
/// buckets that paths reach; where there is none, the entry goes to a stash, which every search
/// ends with, until a place of its own becomes free.
///
/// Source: Pagh and Rodler 2004, "Cuckoo hashing"; buckets of four by Dietzfelbinger and Weidling
/// 2007; breadth-first search as in Fan, Andersen and Kaminsky 2013 (MemC3's successor libcuckoo);
/// the stash by Kirsch, Mitzenmacher and Wieder 2009. First bucket: the key modulo m, for any m;
/// second: the key, scrambled, modulo m. A probe is a bucket looked at, or an entry of the stash.
/// 64 bytes a bucket. Deviations: the stash grows where keys conspire, and a look-up with it.
class Cuckoo {
 public:
  static constexpr std::string_view kName = "cuckoo";
  static constexpr std::string_view kDoc =
      "One of two buckets of four places, and a stash for what finds none (Pagh and Rodler 2004; "
      "Dietzfelbinger and Weidling 2007; Kirsch, Mitzenmacher and Wieder 2009).";
  static constexpr bool kCountsProbes = true;
  struct Config {};

  Cuckoo(const Config&, const TableShape& shape)
      : bucket_((places_for(shape) + kWidth - 1) / kWidth), places_(bucket_.divisor() * kWidth) {
    paths_.reserve(kPaths);
  }

  template <class Probes>
  const Slot* find(std::uint64_t key, Probes& probes) const {
    const Found found = search(key, probes);
    if (found.where == Found::kNowhere) return nullptr;
    return found.where == Found::kPlace ? &places_[found.at].value : &stash_[found.at].value;
  }
  template <class Probes>
  bool insert(std::uint64_t key, Slot value, Probes& probes) {
    if (search(key, probes).where != Found::kNowhere) return false;
    const std::uint64_t place = make_place(key, probes);
    if (place != kNone) {
      places_[place] = {key, value, true};
    } else {
      stash_.push_back({key, value, true});
    }
    ++size_;
    return true;
  }
  template <class Probes>
  bool erase(std::uint64_t key, Probes& probes) {
    const Found found = search(key, probes);
    if (found.where == Found::kNowhere) return false;
    if (found.where == Found::kPlace) {
      places_[found.at].is_entry = false;
      refill(found.at, probes);
    } else {
      drop_from_stash(found.at);
    }
    --size_;
    return true;
  }

  void prefetch(std::uint64_t key) const { __builtin_prefetch(&places_[first(key) * kWidth]); }
  std::uint64_t size() const { return size_; }
  std::uint64_t buckets() const { return places_.size() / kWidth; }
  std::uint64_t bucket_of(std::uint64_t key) const { return first(key); }
  std::size_t memory_bytes() const {
    return (places_.capacity() + stash_.capacity()) * sizeof(Entry) +
           paths_.capacity() * sizeof(Step);
  }

 private:
  struct Entry {
    std::uint64_t key = 0;
    Slot value = 0;
    bool is_entry = false;
  };
  struct Found {
    enum { kNowhere, kPlace, kStash } where;
    std::uint64_t at;
  };
  /// A bucket that a path reaches, by moving there the entry at `from` of the bucket before it.
  struct Step {
    std::uint64_t bucket;
    std::uint64_t from;
    std::uint32_t before;
  };
  static constexpr std::uint64_t kWidth = 4;
  static constexpr std::size_t kPaths = 512;
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  std::uint64_t first(std::uint64_t key) const { return bucket_(key); }
  std::uint64_t second(std::uint64_t key) const { return bucket_(scrambled(key)); }

  template <class Probes>
  Found search(std::uint64_t key, Probes& probes) const {
    for (const bool is_first : {true, false}) {
      probes();
      const std::uint64_t start = (is_first ? first(key) : second(key)) * kWidth;
      for (std::uint64_t place = start; place < start + kWidth; ++place) {
        if (places_[place].key == key && places_[place].is_entry) return {Found::kPlace, place};
      }
    }
    for (std::uint64_t i = 0; i < stash_.size(); ++i) {
      probes();
      if (stash_[i].key == key) return {Found::kStash, i};
    }
    return {Found::kNowhere, 0};
  }

  std::uint64_t free_place_in(std::uint64_t bucket) const {
    for (std::uint64_t place = bucket * kWidth; place < (bucket + 1) * kWidth; ++place) {
      if (!places_[place].is_entry) return place;
    }
    return kNone;
  }

  // A free place for the key, made by moving entries where it must be; kNone if that finds none.
  template <class Probes>
  std::uint64_t make_place(std::uint64_t key, Probes& probes) {
    paths_.clear();
    paths_.push_back({first(key), kNone, 0});
    paths_.push_back({second(key), kNone, 0});
    for (std::uint32_t i = 0; i < paths_.size(); ++i) {
      const std::uint64_t bucket = paths_[i].bucket;
      probes();
      const std::uint64_t free = free_place_in(bucket);
      if (free != kNone) return move_along(i, free);
      for (std::uint64_t p = bucket * kWidth; p < (bucket + 1) * kWidth; ++p) {
        if (paths_.size() == kPaths) break;
        const std::uint64_t other =
            first(places_[p].key) == bucket ? second(places_[p].key) : first(places_[p].key);
        paths_.push_back({other, p, i});
      }
    }
    return kNone;
  }

  // A bucket is at most once on the shortest path, so no entry that it moves has moved before.
  std::uint64_t move_along(std::uint32_t step, std::uint64_t free) {
    while (paths_[step].from != kNone) {
      const std::uint64_t from = paths_[step].from;
      places_[free] = places_[from];
      places_[from].is_entry = false;
      free = from;
      step = paths_[step].before;
    }
    return free;
  }

  // A place that has become free takes an entry of the stash that may be there.
  template <class Probes>
  void refill(std::uint64_t place, Probes& probes) {
    const std::uint64_t bucket = place / kWidth;
    for (std::uint64_t i = 0; i < stash_.size(); ++i) {
      probes();
      if (first(stash_[i].key) != bucket && second(stash_[i].key) != bucket) continue;
      places_[place] = stash_[i];
      drop_from_stash(i);
      return;
    }
  }

  void drop_from_stash(std::uint64_t i) {
    stash_[i] = stash_.back();
    stash_.pop_back();
  }

  Remainder bucket_;
  std::vector<Entry> places_;
  std::vector<Entry> stash_;
  std::vector<Step> paths_;  // of one insertion; kept for its memory
  std::uint64_t size_ = 0;
};

static_assert(HashTable<Cuckoo>);

}  // namespace kvsim
