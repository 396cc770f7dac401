#pragma once

#include <cmath>
#include <cstdint>

namespace kvsim::twins {

/// A share of a capacity, rounded down, the share taken as the decimal that it was written as.
inline std::uint64_t share(std::uint64_t capacity, double of) {
  return static_cast<std::uint64_t>(std::floor(static_cast<long double>(capacity) * of + 1e-9L));
}

}  // namespace kvsim::twins
