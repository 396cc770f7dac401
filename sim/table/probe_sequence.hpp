#pragma once
// What linear probing and Robin Hood hashing share: places in a ring, each of which knows how far
// its entry lies from home; and what Knuth derived of them.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/table/places.hpp"

namespace kvsim {

/// A ring of places.
class PlaceRing {
 public:
  struct Place {
    std::uint64_t key = 0;
    Slot value = 0;
    std::uint32_t reach = 0;  ///< 1 at home, 2 in the place after it, …; 0: empty
  };

  explicit PlaceRing(const TableShape& shape)
      : home_(places_for(shape)), places_(places_for(shape)) {}

  std::uint64_t home(std::uint64_t key) const { return home_(key); }
  std::uint64_t after(std::uint64_t place) const {
    return place + 1 == places_.size() ? 0 : place + 1;
  }
  Place& operator[](std::uint64_t place) { return places_[place]; }
  const Place& operator[](std::uint64_t place) const { return places_[place]; }

  std::uint64_t size() const { return places_.size(); }
  std::size_t memory_bytes() const { return places_.capacity() * sizeof(Place); }
  void prefetch(std::uint64_t key) const { __builtin_prefetch(&places_[home_(key)]); }

 private:
  Remainder home_;
  std::vector<Place> places_;
};

/// Mean probes of linear probing with m places (Knuth, The Art of Computer Programming 3, section
/// 6.4, theorem K): exact for every m, where the usual (1 + 1/(1 - load)^2) / 2 is the limit.
class LinearProbingTheory {
 public:
  static constexpr std::string_view kName = "Knuth, TAOCP 6.4";

  explicit LinearProbingTheory(std::uint64_t places) : places_(static_cast<double>(places)) {}

  /// To find one of `entries`, at least 1, each equally likely.
  double successful(std::uint64_t entries) { return (1 + q(entries - 1).q0) / 2; }
  /// To find that a key is not there. `entries` is less than the places.
  double unsuccessful(std::uint64_t entries) { return (1 + q(entries).q1) / 2; }

 private:
  struct Q {
    double q0 = 1;
    double q1 = 1;
  };

  // Q_r(m, n) is the sum over k of binom(k + r, k) n/m (n-1)/m … (n-k+1)/m, hence as below.
  const Q& q(std::uint64_t n) {
    while (q_.size() <= n) {
      const Q& last = q_.back();
      const double load = static_cast<double>(q_.size()) / places_;
      q_.push_back({1 + load * last.q0, 1 + load * (last.q0 + last.q1)});
    }
    return q_[n];
  }

  double places_;
  std::vector<Q> q_ = std::vector<Q>(1);  // by n; no entries: 1 and 1
};

}  // namespace kvsim
