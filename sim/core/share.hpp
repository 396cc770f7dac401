#pragma once

#include <cstdint>

namespace kvsim {

/// A share of a capacity or a number of requests, rounded down to whole ones. The share is meant as
/// the decimal that it is written as: 0.29 of 100 is 29, though the nearest double lies below;
/// hence the lift by a few units in the last place, which no fraction of a real one comes near.
inline std::uint64_t share_of(std::uint64_t whole, double share) {
  return static_cast<std::uint64_t>(static_cast<double>(whole) * share * (1 + 0x1p-50));
}

}  // namespace kvsim
