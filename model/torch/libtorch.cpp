#include "model/torch/libtorch.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <thread>

namespace kvsim::torch_models {

std::string libtorch_version() {
  return fmt::format("{} on {} threads", TORCH_VERSION, at::get_num_threads());
}

void use_threads(unsigned threads) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  at::set_num_threads(static_cast<int>(threads));
}

}  // namespace kvsim::torch_models
