#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace kvsim {

/// The components of one kind, as types. Every list is written once, in the kind's `.list` file,
/// from which the build makes the header that defines it.
template <class... Ts>
struct TypeList {
  static constexpr std::size_t kSize = sizeof...(Ts);
};

/// Calls `f.template operator()<T>()` for each type, in the list's order.
template <class... Ts, class F>
constexpr void for_each_type(TypeList<Ts...>, F&& f) {
  (f.template operator()<Ts>(), ...);
}

/// True if no two components of the list share a name.
template <class... Ts>
consteval bool names_are_unique(TypeList<Ts...>) {
  constexpr std::array<std::string_view, sizeof...(Ts)> names{std::string_view(Ts::kName)...};
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = i + 1; j < names.size(); ++j) {
      if (names[i] == names[j]) return false;
    }
  }
  return true;
}

}  // namespace kvsim
