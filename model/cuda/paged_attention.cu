#include "model/cuda/paged_attention.hpp"
#include "model/cuda/runtime.hpp"
#include "sim/core/error.hpp"
// After CUDA's header.
#include "model/cuda/paged_attention_kernel.hpp"

namespace kvsim::kernels {

void paged_attention_cuda(const PagedAttention& attention, void* stream) {
  check(attention);
  if (scratch_floats(attention) > 0 && attention.scratch == nullptr) {
    throw InputError("attention in several parts needs scratch");
  }
  launch_attention(CudaLaunch{stream}, attention);
}

}  // namespace kvsim::kernels
