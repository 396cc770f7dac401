#include "sim/cli/program.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/cli/text.hpp"
#include "sim/core/error.hpp"
#include "sim/metrics/provenance.hpp"

namespace kvsim::cli {
namespace {

std::string overview(const Program& program) {
  constexpr std::size_t kWidth = 80;
  constexpr std::size_t kLeft = 20;
  std::string text = "Usage: kvsim COMMAND [arguments]\n\n";
  text += wrapped(program.about, kWidth, 0);
  text += fmt::format("\n{}\n", styled("Commands", Style::kBold));
  for (const Entry& entry : program.entries)
    text += described(entry.name, entry.doc, kLeft, kWidth);
  text += '\n';
  text += described("--version", "Version and git revision.", kLeft, kWidth);
  text += described("COMMAND --help", "A command's options and examples.", kLeft, kWidth);
  text += fmt::format("\n{}\n", styled("Example", Style::kBold));
  text += fmt::format("  {}\n", program.example);
  return text;
}

[[noreturn]] void unknown_command(const Program& program, const std::string& typed,
                                  const std::string& group) {
  std::vector<std::string> names;
  for (const Entry& entry : program.entries) {
    const std::string name(entry.name);
    const std::size_t space = name.find(' ');
    const std::string shown = group.empty()                   ? name.substr(0, space)
                              : name.starts_with(group + " ") ? name.substr(space + 1)
                                                              : "";
    if (!shown.empty() && (names.empty() || names.back() != shown)) names.push_back(shown);
  }
  if (typed.empty()) {
    throw UsageError(
        fmt::format("a command is missing: kvsim {} {}", group, fmt::join(names, "|")));
  }
  throw UsageError(unknown_name(
      group.empty() ? "command" : fmt::format("command of 'kvsim {}'", group), typed, names));
}

void dispatch(const Program& program, const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print(overview(program));
    return;
  }
  if (words[0] == "--version") {
    print(fmt::format("kvsim {} ({})\n", kvsim_version(), git_revision()));
    return;
  }
  std::string group;
  for (const Entry& entry : program.entries) {
    const std::string name(entry.name);
    const std::size_t space = name.find(' ');
    const std::size_t length = space == std::string::npos ? 1 : 2;
    if (words[0] != name.substr(0, space)) continue;
    if (length == 2) group = words[0];
    if (length == 1 || (words.size() > 1 && words[1] == name.substr(space + 1))) {
      entry.run(Arguments(words).subspan(length));
      return;
    }
  }
  if (group.empty()) unknown_command(program, words[0], "");
  const std::string typed = words.size() > 1 ? words[1] : "";
  if (typed == "--help" || typed == "-h") {
    print(overview(program));
    return;
  }
  unknown_command(program, typed, group);
}

}  // namespace

int run_program(const Program& program, int count, char** arguments) {
  try {
    dispatch(program, std::vector<std::string>(arguments + 1, arguments + count));
    return 0;
  } catch (const UsageError& error) {
    fmt::print(stderr, "kvsim: {}\n", error.what());
    return 2;
  } catch (const InputError& error) {
    fmt::print(stderr, "kvsim: {}\n", error.what());
    return 1;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "kvsim: out of memory\n");
    return 1;
  } catch (const std::length_error&) {  // more elements than any memory holds
    fmt::print(stderr, "kvsim: out of memory\n");
    return 1;
  }
}

}  // namespace kvsim::cli
