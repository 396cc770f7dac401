#include "model/torch/cli/recurrent_options.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "model/torch/libtorch.hpp"
#include "sim/core/error.hpp"
#include "sim/core/placed.hpp"

namespace kvsim::cli {

namespace {

// OpenBLAS has threads of its own, whichever library its functions were found in.
void use_blas_threads(unsigned threads) {
  using SetThreads = void (*)(int);
  if (void* found = dlsym(RTLD_DEFAULT, "openblas_set_num_threads")) {
    reinterpret_cast<SetThreads>(found)(static_cast<int>(threads));
  }
}

}  // namespace

void DeviceOptions::declare(Command& command) {
  command.option("--device", "cpu|cuda", device, "What computes. Default: cpu.");
  command.option(
      "--threads", "N", threads,
      "Threads of LibTorch and OpenBLAS. Default: 1: a recurrent model's steps are small, "
      "and threads wait for each other more than they share.");
}

at::Device DeviceOptions::apply() const {
  constexpr std::uint64_t kMostThreads = 1024;
  const auto count =
      threads ? static_cast<unsigned>(to_count("--threads", *threads, 1, kMostThreads)) : 1U;
  torch_models::use_threads(count);
  use_blas_threads(count);
  return placed("--device", [&] { return torch_models::parse_device(device.value_or("cpu")); });
}

std::vector<TextFile> read_texts(const std::vector<std::string>& paths) {
  std::vector<TextFile> files;
  for (const std::string& path : paths) {
    if (std::filesystem::is_directory(path)) {
      throw InputError(fmt::format("{}: is a folder, allowed are text files", path));
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) throw InputError(fmt::format("{}: {}", path, std::strerror(errno)));
    files.push_back({path, {std::istreambuf_iterator<char>(file), {}}});
    if (files.back().text.empty()) throw InputError(fmt::format("{}: is empty", path));
  }
  return files;
}

std::string name_of(const std::vector<TextFile>& files) {
  std::string name;
  for (const TextFile& file : files) {
    if (!name.empty()) name += '+';
    name += std::filesystem::path(file.path).stem().string();
  }
  return name;
}

}  // namespace kvsim::cli
