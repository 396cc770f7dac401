#pragma once

#include <string>
#include <string_view>

#include "sim/core/fields.hpp"

namespace kvsim {

/// A format with its options, as written on the command line.
struct FormatSpec {
  std::string name;
  Params params;
};

/// `name` or `name:key=value,key=value`. Throws InputError if an option is not `key=value`.
FormatSpec parse_format_spec(std::string_view text);

}  // namespace kvsim
