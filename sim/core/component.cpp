#include "sim/core/component.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

}  // namespace

std::vector<std::string_view> split_trimmed(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  while (true) {
    const std::size_t at = text.find(separator);
    pieces.push_back(trimmed(text.substr(0, at)));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

ComponentSpec parse_component(std::string_view kind, std::string_view text) {
  ComponentSpec spec;
  const std::size_t colon = text.find(':');
  spec.name = std::string(text.substr(0, colon));
  if (spec.name.empty()) throw InputError(fmt::format("{} '{}': a name is missing", kind, text));
  if (colon == std::string_view::npos) return spec;
  for (std::string_view piece : split_trimmed(text.substr(colon + 1), ',')) {
    const std::size_t equals = piece.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == piece.size()) {
      throw InputError(
          fmt::format("{} '{}': '{}' is found where name=value is expected", kind, text, piece));
    }
    spec.params.emplace_back(std::string(piece.substr(0, equals)),
                             parse_param_value(piece.substr(equals + 1)));
  }
  return spec;
}

std::vector<std::string> split_components(std::string_view text) {
  std::vector<std::string> entries;
  for (std::string_view piece : split_trimmed(text, ',')) {
    // A parameter, not a component: it belongs to the entry before it.
    const bool is_parameter =
        piece.find('=') < piece.find(':') && piece.find('=') < piece.find('+');
    if (is_parameter && !entries.empty()) {
      entries.back() += fmt::format(",{}", piece);
    } else {
      entries.emplace_back(piece);
    }
  }
  return entries;
}

void drop_defaults(ComponentSpec& spec, const std::vector<FieldInfo>& fields) {
  std::erase_if(spec.params, [&](const auto& param) {
    return std::any_of(fields.begin(), fields.end(), [&](const FieldInfo& field) {
      return field.name == param.first && to_text(field.default_value) == to_text(param.second);
    });
  });
}

Params resolved_params(const ComponentSpec& spec, const std::vector<ComponentInfo>& components) {
  Params params;
  for (const ComponentInfo& info : components) {
    if (info.name != spec.name) continue;
    for (const FieldInfo& field : info.fields) {
      const auto given = std::find_if(spec.params.begin(), spec.params.end(),
                                      [&](const auto& param) { return param.first == field.name; });
      params.emplace_back(field.name,
                          given == spec.params.end() ? field.default_value : given->second);
    }
  }
  return params;
}

std::string label_of(const ComponentSpec& spec) {
  std::string label = spec.name;
  char separator = ':';
  for (const auto& [name, value] : spec.params) {
    label += fmt::format("{}{}={}", separator, name, to_text(value));
    separator = ',';
  }
  return label;
}

std::vector<std::string> labels_of(const std::vector<ComponentSpec>& specs) {
  std::vector<std::string> labels;
  for (const ComponentSpec& spec : specs) labels.push_back(label_of(spec));
  return labels;
}

}  // namespace kvsim
