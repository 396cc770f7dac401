#pragma once

/// Marks a function that is compiled for the CPU and, by nvcc, for a GPU too. Such a function takes
/// of the standard library only what runs on both.
#ifdef __CUDACC__
#define KVSIM_HOST_DEVICE __host__ __device__
#else
#define KVSIM_HOST_DEVICE
#endif
