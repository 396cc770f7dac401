#pragma once
// The commands of kvsim-model, the program beside this one that links LibTorch: simulating neither
// links nor loads it.

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "sim/cli/command.hpp"

namespace kvsim::cli {

/// Goes on as kvsim-model, which knows the same commands by the same names. Throws InputError where
/// it was not built.
[[noreturn]] void start_model_program(std::string_view command, Arguments arguments);

/// A command's name as a template argument.
template <std::size_t kSize>
struct CommandName {
  constexpr CommandName(const char (&name)[kSize]) {  // NOLINT: a literal is meant to convert
    std::copy_n(name, kSize, text);
  }
  char text[kSize]{};
};

template <CommandName kName>
void model_program_command(Arguments arguments) {
  start_model_program(kName.text, arguments);
}

}  // namespace kvsim::cli
