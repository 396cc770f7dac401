#include "model/torch/libtorch.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/version.h>

#include "sim/core/error.hpp"

namespace kvsim::torch_models {

std::string libtorch_version() {
  return fmt::format("{} on {} threads", TORCH_VERSION, at::get_num_threads());
}

void use_threads(unsigned threads) { at::set_num_threads(static_cast<int>(threads)); }

at::Device parse_device(std::string_view text) {
  if (text == "cpu") return at::kCPU;
  if (text == "cuda" || text.starts_with("cuda:")) {
    if (!at::hasCUDA()) {
      throw InputError(
          fmt::format("device '{}': this LibTorch ({}) finds no CUDA device (allowed: cpu)", text,
                      TORCH_VERSION));
    }
    try {
      return at::Device(std::string(text));
    } catch (const c10::Error&) {
    }
  }
  throw InputError(fmt::format("device '{}' is unknown (allowed: cpu, cuda, cuda:N)", text));
}

at::ScalarType parse_scalar_type(std::string_view text) {
  if (text == "float32") return at::kFloat;
  if (text == "float16") return at::kHalf;
  if (text == "bfloat16") return at::kBFloat16;
  throw InputError(
      fmt::format("element type '{}' is unknown (allowed: float32, float16, bfloat16)", text));
}

}  // namespace kvsim::torch_models
