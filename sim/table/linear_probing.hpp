#pragma once

#include "sim/table/probe_sequence.hpp"

namespace kvsim {

/// Entries lie in the first free place from their home on. A deletion moves back what then lies
/// further from home than it must, so that no trace of it is left.
///
/// Source: Knuth, TAOCP 6.4, algorithms L and R, forward. First place: the key modulo m, for any m.
/// A probe is a place looked at; a miss ends with an empty one. 16 bytes a place.
class LinearProbing {
 public:
  static constexpr std::string_view kName = "linear_probing";
  static constexpr std::string_view kDoc =
      "The first free place from the key modulo m on; deletion shifts back (Knuth, TAOCP 6.4, "
      "algorithms L and R).";
  static constexpr bool kCountsProbes = true;
  struct Config {};

  /// Which entries hits find matters: older ones lie nearer to home. So there is none of hits.
  class Theory {
   public:
    static constexpr std::string_view kName = LinearProbingTheory::kName;
    explicit Theory(std::uint64_t buckets) : theory_(buckets) {}
    double miss(std::uint64_t entries) { return theory_.unsuccessful(entries); }

   private:
    LinearProbingTheory theory_;
  };

  LinearProbing(const Config&, const TableShape& shape) : ring_(shape) {}

  template <class Probes>
  const Slot* find(std::uint64_t key, Probes& probes) const {
    const Found found = search(key, probes);
    return found.is_there ? &ring_[found.place].value : nullptr;
  }
  template <class Probes>
  bool insert(std::uint64_t key, Slot value, Probes& probes) {
    const Found found = search(key, probes);
    if (found.is_there) return false;
    ring_[found.place] = {key, value, found.reach};
    ++size_;
    return true;
  }
  template <class Probes>
  bool erase(std::uint64_t key, Probes& probes) {
    const Found found = search(key, probes);
    if (!found.is_there) return false;
    close(found.place, probes);
    --size_;
    return true;
  }

  void prefetch(std::uint64_t key) const { ring_.prefetch(key); }
  std::uint64_t size() const { return size_; }
  std::uint64_t buckets() const { return ring_.size(); }
  std::uint64_t bucket_of(std::uint64_t key) const { return ring_.home(key); }
  std::size_t memory_bytes() const { return ring_.memory_bytes(); }

 private:
  struct Found {
    std::uint64_t place;
    std::uint32_t reach;
    bool is_there;
  };

  template <class Probes>
  Found search(std::uint64_t key, Probes& probes) const {
    std::uint64_t place = ring_.home(key);
    for (std::uint32_t reach = 1;; ++reach, place = ring_.after(place)) {
      probes();
      const PlaceRing::Place& p = ring_[place];
      if (p.reach == 0) return {place, reach, false};
      if (p.key == key) return {place, reach, true};
    }
  }

  template <class Probes>
  void close(std::uint64_t hole, Probes& probes) {
    std::uint32_t gap = 1;  // from the hole to `place`
    for (std::uint64_t place = ring_.after(hole);; place = ring_.after(place), ++gap) {
      probes();
      PlaceRing::Place& p = ring_[place];
      if (p.reach == 0) break;
      if (p.reach <= gap) continue;  // the hole lies before its home
      ring_[hole] = {p.key, p.value, p.reach - gap};
      hole = place;
      gap = 0;
    }
    ring_[hole].reach = 0;
  }

  PlaceRing ring_;
  std::uint64_t size_ = 0;
};

static_assert(HashTable<LinearProbing>);

}  // namespace kvsim
