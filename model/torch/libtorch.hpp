#pragma once
// The LibTorch that this program is linked with, and the device that it computes on.

#include <string>
#include <string_view>

namespace kvsim::torch_models {

/// "1.13.1 on 2 threads".
std::string libtorch_version();

/// Sets how many threads LibTorch computes with; 0: one a core.
void use_threads(unsigned threads);

}  // namespace kvsim::torch_models
