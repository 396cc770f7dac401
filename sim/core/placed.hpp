#pragma once

#include <string>
#include <string_view>

#include "sim/core/error.hpp"

namespace kvsim {

/// Calls `f()`, and puts `place: ` before the message of an InputError that it throws: an option, a
/// file, a JSON pointer. An empty place adds nothing.
template <class F>
auto placed(std::string_view place, F&& f) {
  try {
    return f();
  } catch (const InputError& error) {
    if (place.empty()) throw;
    throw InputError(std::string(place).append(": ").append(error.what()));
  }
}

}  // namespace kvsim
