#pragma once
// What every .cu file here needs of CUDA's runtime.

#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

namespace kvsim {

inline void check(cudaError_t error, const char* what) {
  if (error != cudaSuccess) {
    (void)cudaGetLastError();  // or the next call would report it
    throw std::runtime_error(std::string("CUDA: ") + what + ": " + cudaGetErrorString(error));
  }
}

class Event {
 public:
  Event() { check(cudaEventCreate(&event_), "creating an event"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record() { check(cudaEventRecord(event_), "recording an event"); }
  /// Waits for this event.
  double seconds_since(const Event& start) const {
    float milliseconds = 0;
    check(cudaEventSynchronize(event_), "waiting for an event");
    check(cudaEventElapsedTime(&milliseconds, start.event_, event_), "reading a time");
    return milliseconds / 1e3;
  }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Starts kernels on a stream.
struct CudaLaunch {
  void* stream = nullptr;

  template <class Kernel, class Grid, class... Arguments>
  void operator()(Kernel* kernel, const Grid& grid, unsigned threads,
                  const Arguments&... arguments) const {
    kernel<<<dim3(grid.x, grid.y, grid.z), threads, 0, static_cast<cudaStream_t>(stream)>>>(
        arguments...);
    check(cudaGetLastError(), "starting a kernel");
  }
};

}  // namespace kvsim
