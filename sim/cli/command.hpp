#pragma once
// One command's options: what they are called, what they mean, where their values go.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/placed.hpp"

namespace kvsim::cli {

/// A command line that does not follow the command's usage. Exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Arguments = std::span<const std::string>;

/// Declares a command, parses its arguments and writes its help.
class Command {
 public:
  /// `name` as typed, such as "kvsim sim"; `doc` says in a sentence or two what it does.
  Command(std::string name, std::string doc);
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  /// A heading in the help for the options that follow.
  void section(std::string title);
  /// An argument without a name, which must be given.
  void argument(std::string metavar, std::string& value, std::string doc);
  /// The same, of which there may be several.
  void arguments(std::string metavar, std::vector<std::string>& values, std::string doc);
  /// An argument without a name that may be missing.
  void optional_argument(std::string metavar, std::optional<std::string>& value, std::string doc);
  /// `flags` is "--policy" or "-o,--output"; `metavar` is what its value is called in the help.
  void option(const std::string& flags, const std::string& metavar,
              std::optional<std::string>& value, std::string doc);
  /// An option that must be given.
  void required_option(const std::string& flags, const std::string& metavar, std::string& value,
                       std::string doc);
  /// An option that may be given several times.
  void options(const std::string& flags, const std::string& metavar,
               std::vector<std::string>& values, std::string doc);
  void flag(const std::string& flags, bool& value, std::string doc);
  /// Words that the help defines, behind the options: the columns of what the command prints.
  void glossary(std::string title, std::vector<std::pair<std::string, std::string>> words);
  /// A line of the help's examples, and what it is for.
  void example(std::string command, std::string doc);

  /// False if help was asked for, and printed. Throws UsageError, with the nearest name for an
  /// unknown option.
  bool parse(Arguments arguments);

 private:
  struct State;
  std::string help() const;
  [[noreturn]] void refuse(std::string_view what) const;

  std::unique_ptr<State> state_;
};

/// The integer that an option's value is. Throws InputError naming the option.
std::uint64_t to_count(std::string_view option, std::string_view text, std::uint64_t min,
                       std::uint64_t max);

}  // namespace kvsim::cli
