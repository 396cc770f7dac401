#include "model/workload/generator/phrases.hpp"

#include <algorithm>
#include <cassert>

namespace kvsim {

std::string filled(std::string_view pattern,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> values) {
  std::string text;
  while (!pattern.empty()) {
    const std::size_t open = std::min(pattern.find('{'), pattern.size());
    text += pattern.substr(0, open);
    pattern.remove_prefix(open);
    if (pattern.empty()) break;
    const std::size_t close = pattern.find('}');
    assert(close != std::string_view::npos);
    const std::string_view name = pattern.substr(1, close - 1);
    const auto* const found =
        std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.first == name; });
    assert(found != values.end());
    text += found->second;
    pattern.remove_prefix(close + 1);
  }
  return text;
}

}  // namespace kvsim
