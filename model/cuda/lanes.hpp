#pragma once
// Threads of one warp that work on one row together. Read after CUDA's header or its emulation.

#include <bit>

namespace kvsim::kernels {

/// How many groups of threads, in three dimensions.
struct Grid {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
};

/// For a row of so many vectors: a power of two, at most a warp.
inline unsigned lanes_for(unsigned vectors) { return vectors > 32 ? 32 : std::bit_ceil(vectors); }

/// Every thread of the warp must come here, whether its lane has a part or not.
__device__ inline float sum_of_lanes(float x, unsigned lanes) {
  for (unsigned step = lanes / 2; step > 0; step /= 2) {
    x += __shfl_xor_sync(0xffffffffU, x, static_cast<int>(step));
  }
  return x;
}

__device__ inline float most_of_lanes(float x, unsigned lanes) {
  for (unsigned step = lanes / 2; step > 0; step /= 2) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffffU, x, static_cast<int>(step)));
  }
  return x;
}

}  // namespace kvsim::kernels
