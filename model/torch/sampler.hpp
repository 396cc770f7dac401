#pragma once

#include <cstdint>
#include <span>

#include "sim/core/ids.hpp"
#include "sim/core/rng.hpp"

namespace kvsim::torch_models {

/// How the next token is chosen. Temperature 0: the likeliest one (greedy), the lowest id of
/// equals.
struct Sampling {
  double temperature = 0;
  std::uint32_t top_k = 0;  ///< of the likeliest only; 0: all
  double top_p = 1;         ///< of the likeliest that together have at least this probability
};

/// The next token by its logits. Draws from `rng` only where the temperature is above 0.
Token sample(std::span<const float> logits, const Sampling& sampling, Rng& rng);

}  // namespace kvsim::torch_models
