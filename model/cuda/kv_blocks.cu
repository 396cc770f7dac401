#include "model/cuda/kv_blocks.hpp"
#include "model/cuda/runtime.hpp"
// After CUDA's header.
#include "model/cuda/row_copy_kernel.hpp"

namespace kvsim::kernels {

void gather_cuda(const Pool& from, const Place& place, const Rows& to, void* stream) {
  launch_copy(CudaLaunch{stream}, gathering(from, place, to));
}

void scatter_cuda(const Rows& from, const Pool& to, const Place& place, void* stream) {
  launch_copy(CudaLaunch{stream}, scattering(from, to, place));
}

void copy_blocks_cuda(const Pool& from, const std::int32_t* from_blocks, const Pool& to,
                      const std::int32_t* to_blocks, std::int64_t count, void* stream) {
  launch_copy(CudaLaunch{stream}, copying(from, from_blocks, to, to_blocks, count));
}

}  // namespace kvsim::kernels
