#pragma once

#include <utility>

#include "sim/table/probe_sequence.hpp"

namespace kvsim {

/// Linear probing in which an entry gives way to one that is further from its home, so that all lie
/// about equally far, and a search ends where the key would have given way itself.
///
/// Source: Celis, Larson and Munro 1985, "Robin Hood hashing". First place: the key modulo m, for
/// any m. A probe is a place looked at, the one that ends a miss included. 16 bytes a place.
/// Deviations: entries of one home are in the order of their keys (as in Amble and Knuth 1974,
/// "Ordered hash tables"). Where an entry lies then follows from the keys that are there, however
/// they came, and a miss takes what a hit would take if the key were there.
class RobinHood {
 public:
  static constexpr std::string_view kName = "robin_hood";
  static constexpr std::string_view kDoc =
      "Linear probing from the key modulo m where entries near home give way to those far from it "
      "(Celis, Larson and Munro 1985).";
  static constexpr bool kCountsProbes = true;
  struct Config {};

  /// The sum of distances is that of linear probing, whoever gives way.
  class Theory {
   public:
    static constexpr std::string_view kName = LinearProbingTheory::kName;
    explicit Theory(std::uint64_t buckets) : theory_(buckets) {}
    double hit(std::uint64_t entries) { return theory_.successful(entries); }
    double miss(std::uint64_t entries) { return theory_.successful(entries + 1); }

   private:
    LinearProbingTheory theory_;
  };

  RobinHood(const Config&, const TableShape& shape) : ring_(shape) {}

  template <class Probes>
  const Slot* find(std::uint64_t key, Probes& probes) const {
    const Found found = search(key, probes);
    return found.is_there ? &ring_[found.place].value : nullptr;
  }
  template <class Probes>
  bool insert(std::uint64_t key, Slot value, Probes& probes) {
    const Found found = search(key, probes);
    if (found.is_there) return false;
    PlaceRing::Place carried{key, value, found.reach};
    std::uint64_t place = found.place;
    std::swap(ring_[place], carried);
    while (carried.reach != 0) {
      place = ring_.after(place);
      probes();
      ++carried.reach;
      std::swap(ring_[place], carried);
    }
    ++size_;
    return true;
  }
  template <class Probes>
  bool erase(std::uint64_t key, Probes& probes) {
    const Found found = search(key, probes);
    if (!found.is_there) return false;
    std::uint64_t hole = found.place;
    while (true) {
      const std::uint64_t place = ring_.after(hole);
      probes();
      const PlaceRing::Place& p = ring_[place];
      if (p.reach <= 1) break;  // empty, or at home
      ring_[hole] = {p.key, p.value, p.reach - 1};
      hole = place;
    }
    ring_[hole].reach = 0;
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

  // Where the key is or would be.
  template <class Probes>
  Found search(std::uint64_t key, Probes& probes) const {
    std::uint64_t place = ring_.home(key);
    for (std::uint32_t reach = 1;; ++reach, place = ring_.after(place)) {
      probes();
      const PlaceRing::Place& p = ring_[place];
      if (p.reach < reach) return {place, reach, false};
      if (p.reach == reach && p.key >= key) return {place, reach, p.key == key};
    }
  }

  PlaceRing ring_;
  std::uint64_t size_ = 0;
};

static_assert(HashTable<RobinHood>);

}  // namespace kvsim
