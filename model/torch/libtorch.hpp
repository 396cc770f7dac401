#pragma once
// The LibTorch that this program is linked with, and the device that it computes on.

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>

namespace kvsim::torch_models {

/// "1.13.1 on 2 threads".
std::string libtorch_version();

/// Sets how many threads LibTorch's own operations take; a BLAS has its own.
void use_threads(unsigned threads);

/// Reads "cpu", "cuda" or "cuda:N". Throws InputError where there is no such device.
at::Device parse_device(std::string_view text);
/// Reads "float32", "float16" or "bfloat16". Throws InputError.
at::ScalarType parse_scalar_type(std::string_view text);

}  // namespace kvsim::torch_models
