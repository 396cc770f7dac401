#pragma once

#include <concepts>

namespace kvsim {

/// `yes` where `condition` holds, else `no`, computed from both. Compilers make a jump of a plain
/// `?:` as they see fit, which costs more than both where the condition is a coin toss.
template <std::unsigned_integral T>
constexpr T pick(bool condition, T yes, T no) {
  const T mask = static_cast<T>(T{0} - static_cast<T>(condition));
  return static_cast<T>(no ^ ((yes ^ no) & mask));
}

}  // namespace kvsim
