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

/// How many blocks of the trace's mean weight fill the capacity, or all of them if they fit, at
/// least 1: what a policy sizes its history by where capacity is in bytes.
inline std::uint64_t typical_residents(const PolicyContext& context) {
  double blocks = static_cast<double>(context.capacity);
  if (context.weights != nullptr) {
    double total = 0;
    for (std::uint32_t s = 0; s < context.slots; ++s) total += context.weights[s];
    if (total > 0) blocks *= context.slots / total;
  }
  return static_cast<std::uint64_t>(std::max(std::min<double>(blocks, context.slots), 1.0));
}

}  // namespace kvsim
