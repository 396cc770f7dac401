#pragma once
// How many places a table has, and which of them is a key's first.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "sim/table/concept.hpp"

namespace kvsim {

/// As near to the load as whole places come; one at least stays empty, so that a search ends.
inline std::uint64_t places_for(const TableShape& shape) {
  const double places = std::round(static_cast<double>(shape.capacity) / shape.load);
  return std::max(static_cast<std::uint64_t>(places), shape.capacity + 1);
}

/// The least power of two that keeps within the load, and within 31/32, so that tombstones are
/// cleaned up rarely.
inline std::uint64_t power_of_two_places_for(const TableShape& shape) {
  const TableShape roomy{shape.capacity, std::min(shape.load, 31.0 / 32)};
  return std::bit_ceil(places_for(roomy));
}

/// Remainders by one divisor, exact for every 64-bit number and divisor: multiplies with the
/// divisor's reciprocal in 128 bits (Lemire, Kaser and Kurz 2019, "Faster remainder by direct
/// computation").
class Remainder {
 public:
  explicit Remainder(std::uint64_t divisor)
      : divisor_(divisor), reciprocal_(~Wide{0} / divisor + 1) {}

  std::uint64_t operator()(std::uint64_t x) const {
    const Wide fraction = reciprocal_ * x;  // of x / divisor, as a share of 2^128
    const Wide low = static_cast<std::uint64_t>(fraction) * Wide{divisor_};
    const Wide high = (fraction >> 64) * divisor_;
    return static_cast<std::uint64_t>((high + (low >> 64)) >> 64);
  }
  std::uint64_t divisor() const { return divisor_; }

 private:
  __extension__ using Wide = unsigned __int128;

  std::uint64_t divisor_;
  Wide reciprocal_;
};

}  // namespace kvsim
