#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "sim/core/rng.hpp"

namespace kvsim {

/// The pattern with each `{name}` replaced by the value given for it, each time from left to right.
std::string filled(std::string_view pattern,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> values);

/// One of them, uniformly.
inline std::string_view any_of_phrases(Rng& rng, std::span<const std::string_view> phrases) {
  return phrases[rng.below(phrases.size())];
}

}  // namespace kvsim
