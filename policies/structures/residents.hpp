#pragma once

#include <algorithm>
#include <cstdint>

#include "policies/concept.hpp"

namespace kvsim {

/// How many blocks can be resident at once, at most: what a policy reserves memory for. One more
/// than the capacity where each counts 1, for the block that is inserted before another leaves.
inline std::uint32_t most_residents(const PolicyContext& context) {
  if (context.weights != nullptr) return context.slots;  // blocks may weigh nothing
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(context.slots, context.capacity + 1));
}

/// How many blocks of the trace's mean weight fill the capacity, at least 1: what a policy sizes
/// its history by where capacity is in bytes.
inline std::uint64_t typical_residents(const PolicyContext& context) {
  double blocks = static_cast<double>(context.capacity);
  if (context.weights != nullptr && context.slots > 0) {
    double total = 0;
    for (std::uint32_t s = 0; s < context.slots; ++s) total += context.weights[s];
    if (total > 0) blocks *= static_cast<double>(context.slots) / total;
  }
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(blocks));
}

}  // namespace kvsim
