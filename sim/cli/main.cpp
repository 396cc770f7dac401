#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/cli/commands.hpp"
#include "sim/cli/text.hpp"
#include "sim/core/error.hpp"
#include "sim/metrics/provenance.hpp"

namespace kvsim::cli {
namespace {

struct Entry {
  std::string_view name;  ///< one word, or two for a command of a group
  std::string_view doc;
  void (*run)(Arguments arguments);
};

constexpr Entry kEntries[] = {
    {"run", "Run a configured experiment: traces x policies x capacities x ...", run_command},
    {"sim", "Replay one trace through policies and capacities.", sim_command},
    {"mrc", "Hit-ratio curves over capacity.", mrc_command},
    {"trace info", "What a trace carries, how often its blocks come back.", trace_info_command},
    {"trace convert", "Write a trace in another format.", trace_convert_command},
    {"trace generate", "Make a synthetic workload.", trace_generate_command},
    {"hash audit", "What hash functions do to a trace's keys; how many bits to take.",
     hash_audit_command},
    {"hash bench", "Speed of hash functions and tables, beside a prompt's prefill.",
     hash_bench_command},
    {"report", "Draw a report from results: one HTML page and plots.", report_command},
    {"list", "What there is: policies, formats, generators, ...", list_command},
};

std::string overview() {
  constexpr std::size_t kWidth = 80;
  constexpr std::size_t kLeft = 20;
  std::string text = "Usage: kvsim COMMAND [arguments]\n\n";
  text += wrapped(
      "kvsim replays token and request traces through cache policies and says which policy, "
      "capacity and block size a KV cache should use, and what it gains.",
      kWidth, 0);
  text += fmt::format("\n{}\n", styled("Commands", Style::kBold));
  for (const Entry& entry : kEntries) text += described(entry.name, entry.doc, kLeft, kWidth);
  text += '\n';
  text += described("--version", "Version and git revision.", kLeft, kWidth);
  text += described("COMMAND --help", "A command's options and examples.", kLeft, kWidth);
  text += fmt::format("\n{}\n", styled("Example", Style::kBold));
  text += "  kvsim sim trace.jsonl --policy lru,arc,s3fifo,belady --capacity 1%,5%,20%\n";
  return text;
}

[[noreturn]] void unknown_command(const std::string& typed, const std::string& group) {
  std::vector<std::string> names;
  for (const Entry& entry : kEntries) {
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

void dispatch(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print(overview());
    return;
  }
  if (words[0] == "--version") {
    print(fmt::format("kvsim {} ({})\n", kvsim_version(), git_revision()));
    return;
  }
  std::string group;
  for (const Entry& entry : kEntries) {
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
  if (group.empty()) unknown_command(words[0], "");
  const std::string typed = words.size() > 1 ? words[1] : "";
  if (typed == "--help" || typed == "-h") {
    print(overview());
    return;
  }
  unknown_command(typed, group);
}

int run(int count, char** arguments) {
  try {
    dispatch(std::vector<std::string>(arguments + 1, arguments + count));
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

}  // namespace
}  // namespace kvsim::cli

int main(int count, char** arguments) { return kvsim::cli::run(count, arguments); }
