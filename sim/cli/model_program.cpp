#include "sim/cli/model_program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/core/error.hpp"

namespace kvsim::cli {

void start_model_program(std::string_view command, Arguments arguments) {
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "kvsim-model";
  if (!std::filesystem::exists(program)) {
    throw InputError(
        fmt::format("'kvsim {}' runs real models by LibTorch, in a program of its own that is not "
                    "built: there is no {}. './kvsim {}' installs and builds it, and so does CMake "
                    "with -DKVSIM_TORCH=ON",
                    command, program.string(), command));
  }
  std::vector<std::string> words{program.string()};
  const std::size_t space = command.find(' ');
  words.emplace_back(command.substr(0, space));
  if (space != std::string_view::npos) words.emplace_back(command.substr(space + 1));
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  throw InputError(fmt::format("{} does not start: {}", program.string(), std::strerror(errno)));
}

}  // namespace kvsim::cli
