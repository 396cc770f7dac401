#include "traces/format_spec.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"

namespace kvsim {

FormatSpec parse_format_spec(std::string_view text) {
  FormatSpec spec;
  const std::size_t colon = text.find(':');
  spec.name = std::string(text.substr(0, colon));
  if (colon == std::string_view::npos) return spec;
  std::string_view rest = text.substr(colon + 1);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      throw InputError(fmt::format("format '{}': option '{}', allowed is name=value", text, part));
    }
    spec.params.emplace_back(std::string(part.substr(0, equals)),
                             parse_param_value(part.substr(equals + 1)));
  }
  return spec;
}

}  // namespace kvsim
