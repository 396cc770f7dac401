#include "sim/cli/command.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "sim/cli/text.hpp"
#include "sim/core/fields.hpp"

namespace kvsim::cli {

namespace {

// One line of the help: an option, an argument or a heading.
struct HelpEntry {
  enum class Kind { kSection, kArgument, kOption };
  Kind kind;
  std::string left;  ///< as typed
  std::string doc;
};

}  // namespace

struct Command::State {
  std::string name;
  std::string doc;
  CLI::App app;
  std::vector<HelpEntry> entries;
  std::vector<std::pair<std::string, std::string>> examples;
  std::string glossary_title;
  std::vector<std::pair<std::string, std::string>> glossary;
  std::vector<std::string> long_names = {"--help"};
  std::string usage;  ///< behind the name
  bool wants_help = false;

  struct Required {
    const CLI::Option* option;
    std::string name;
  };
  std::vector<Required> required;

  void note_option(const std::string& flags, const std::string& metavar, std::string description) {
    for (const std::string& one : split_list(flags)) {
      if (one.starts_with("--")) long_names.push_back(one);
    }
    entries.push_back(
        {HelpEntry::Kind::kOption,
         fmt::format("{}{}{}", joined_flags(flags), metavar.empty() ? "" : " ", metavar),
         std::move(description)});
  }

  // "-o,--output" → "-o, --output"
  static std::string joined_flags(const std::string& flags) {
    std::string text;
    for (const std::string& one : split_list(flags))
      text += fmt::format("{}{}", text.empty() ? "" : ", ", one);
    return text;
  }
};

Command::Command(std::string name, std::string doc) : state_(std::make_unique<State>()) {
  state_->name = std::move(name);
  state_->doc = std::move(doc);
  state_->app.set_help_flag();
  state_->app.add_flag("--help,-h", state_->wants_help);
  // What is left over is reported here, with the nearest name.
  state_->app.allow_extras();
}

Command::~Command() = default;

void Command::section(std::string title) {
  state_->entries.push_back({HelpEntry::Kind::kSection, std::move(title), ""});
}

void Command::argument(std::string metavar, std::string& value, std::string doc) {
  const CLI::Option* option = state_->app.add_option(metavar, value);
  state_->required.push_back({option, metavar});
  state_->usage += fmt::format(" {}", metavar);
  state_->entries.push_back({HelpEntry::Kind::kArgument, std::move(metavar), std::move(doc)});
}

void Command::arguments(std::string metavar, std::vector<std::string>& values, std::string doc) {
  const CLI::Option* option = state_->app.add_option(metavar, values);
  state_->required.push_back({option, metavar});
  state_->usage += fmt::format(" {}...", metavar);
  state_->entries.push_back({HelpEntry::Kind::kArgument, metavar + "...", std::move(doc)});
}

void Command::optional_argument(std::string metavar, std::optional<std::string>& value,
                                std::string doc) {
  state_->app.add_option(metavar, value);
  state_->usage += fmt::format(" [{}]", metavar);
  state_->entries.push_back({HelpEntry::Kind::kArgument, std::move(metavar), std::move(doc)});
}

void Command::option(const std::string& flags, const std::string& metavar,
                     std::optional<std::string>& value, std::string doc) {
  state_->app.add_option(flags, value);
  state_->note_option(flags, metavar, std::move(doc));
}

void Command::required_option(const std::string& flags, const std::string& metavar,
                              std::string& value, std::string doc) {
  const CLI::Option* option = state_->app.add_option(flags, value);
  const std::string name = split_list(flags).back();
  state_->required.push_back({option, name});
  state_->usage += fmt::format(" {} {}", name, metavar);
  state_->note_option(flags, metavar, std::move(doc));
}

void Command::options(const std::string& flags, const std::string& metavar,
                      std::vector<std::string>& values, std::string doc) {
  state_->app.add_option(flags, values)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  state_->note_option(flags, metavar, std::move(doc));
}

void Command::flag(const std::string& flags, bool& value, std::string doc) {
  state_->app.add_flag(flags, value);
  state_->note_option(flags, "", std::move(doc));
}

void Command::glossary(std::string title, std::vector<std::pair<std::string, std::string>> words) {
  state_->glossary_title = std::move(title);
  state_->glossary = std::move(words);
}

void Command::example(std::string command, std::string doc) {
  state_->examples.emplace_back(std::move(command), std::move(doc));
}

bool Command::parse(Arguments arguments) {
  // CLI11 takes them from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    state_->app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    refuse(error.what());
  }
  if (state_->wants_help) {
    print(help());
    return false;
  }
  const std::vector<std::string> left_over = state_->app.remaining();
  for (const std::string& argument : left_over) {
    if (!argument.starts_with('-') || argument == "-" || argument == "--") continue;
    const std::string typed = argument.substr(0, argument.find('='));
    const std::string near = nearest_name(typed, state_->long_names);
    refuse(fmt::format("unknown option '{}'{}", typed,
                       near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
  for (const auto& [option, name] : state_->required) {
    if (option->empty()) refuse(fmt::format("{} is missing", name));
  }
  if (!left_over.empty()) refuse(fmt::format("unexpected argument '{}'", left_over.front()));
  return true;
}

void Command::refuse(std::string_view what) const {
  throw UsageError(fmt::format("{}\nusage: {}{} [options]; {} --help says more", what, state_->name,
                               state_->usage, state_->name));
}

std::string Command::help() const {
  constexpr std::size_t kWidth = 80;
  constexpr std::size_t kLeft = 26;
  std::string text = fmt::format("Usage: {}{} [options]\n\n", state_->name, state_->usage);
  text += wrapped(state_->doc, kWidth, 0);
  text += "\n";
  auto kind = HelpEntry::Kind::kArgument;
  for (const HelpEntry& entry : state_->entries) {
    if (entry.kind == HelpEntry::Kind::kSection) {
      text += fmt::format("\n{}\n", styled(entry.left, Style::kBold));
    } else {
      if (entry.kind != kind && kind != HelpEntry::Kind::kSection) text += "\n";
      text += described(entry.left, entry.doc, kLeft, kWidth);
    }
    kind = entry.kind;
  }
  text += described("-h, --help", "This text.", kLeft, kWidth);
  if (!state_->glossary.empty()) {
    text += fmt::format("\n{}\n", styled(state_->glossary_title, Style::kBold));
    for (const auto& [word, doc] : state_->glossary) text += described(word, doc, kLeft, kWidth);
  }
  text += fmt::format("\n{}\n",
                      styled(state_->examples.size() == 1 ? "Example" : "Examples", Style::kBold));
  for (const auto& [command, doc] : state_->examples) {
    text += wrapped(fmt::format("# {}", doc), kWidth, 2);
    text += fmt::format("  {}\n", command);
  }
  return text;
}

std::uint64_t to_count(std::string_view option, std::string_view text, std::uint64_t min,
                       std::uint64_t max) {
  const ParamValue value = parse_param_value(text);
  const std::int64_t* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr || *number < 0 || static_cast<std::uint64_t>(*number) < min ||
      static_cast<std::uint64_t>(*number) > max) {
    throw InputError(
        fmt::format("{}: '{}', allowed is an integer from {} to {}", option, text, min, max));
  }
  return static_cast<std::uint64_t>(*number);
}

}  // namespace kvsim::cli
