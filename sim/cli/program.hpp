#pragma once
// A program of several commands: finds the one that is meant, and turns what it throws into a
// message and an exit status.

#include <span>
#include <string_view>

#include "sim/cli/command.hpp"

namespace kvsim::cli {

struct Entry {
  std::string_view name;  ///< one word, or two for a command of a group
  std::string_view doc;
  void (*run)(Arguments arguments);
};

struct Program {
  std::string_view about;
  std::string_view example;  ///< a command line
  std::span<const Entry> entries;
};

/// What main() returns: 0, 1 on bad input (message on standard error), 2 on a usage error.
int run_program(const Program& program, int count, char** arguments);

}  // namespace kvsim::cli
