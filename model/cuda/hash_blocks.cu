#include <cuda_runtime.h>

#include <cstddef>
#include <stdexcept>

#include "model/cuda/hash_blocks.hpp"
#include "sim/hash/device/functions.hpp"
#include "sim/hash/device/hash_request.hpp"

namespace kvsim {

namespace {

void check(cudaError_t error, const char* what) {
  if (error != cudaSuccess) {
    throw std::runtime_error(std::string("CUDA: ") + what + ": " + cudaGetErrorString(error));
  }
}

template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t size) : bytes_(size * sizeof(T)) {
    check(cudaMalloc(&data_, bytes_), "allocating device memory");
  }
  explicit DeviceArray(std::span<const T> from) : DeviceArray(from.size()) {
    check(cudaMemcpy(data_, from.data(), bytes_, cudaMemcpyHostToDevice), "copying to the device");
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* data() const { return data_; }
  void copy_to(T* to) const {
    check(cudaMemcpy(to, data_, bytes_, cudaMemcpyDeviceToHost), "copying from the device");
  }

 private:
  T* data_ = nullptr;
  std::size_t bytes_;
};

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

template <class Function>
__global__ void hash_requests(const std::uint32_t* tokens, const std::uint64_t* offset,
                              const std::uint64_t* first, std::uint64_t requests,
                              std::uint64_t block_size, unsigned bits, std::uint64_t seed,
                              std::uint64_t* keys) {
  const std::uint64_t r = std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (r >= requests) return;
  device::hash_request<Function>(tokens, offset[r], offset[r + 1], block_size, bits, seed,
                                 keys + 4 * first[r]);
}

}  // namespace

DeviceStatus cuda_device() {
  int driver = 0;
  int count = 0;
  cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaErrorInsufficientDriver && cudaDriverGetVersion(&driver) == cudaSuccess &&
      driver == 0) {
    return {false, "no NVIDIA driver is installed"};  // CUDA takes it for one of version 0
  }
  cudaDeviceProp properties{};
  if (error == cudaSuccess && count > 0) error = cudaGetDeviceProperties(&properties, 0);
  if (error != cudaSuccess) {
    (void)cudaGetLastError();  // or the next call would report it
    return {false, cudaGetErrorString(error)};
  }
  if (count == 0) return {false, "CUDA counts no device"};
  return {true, properties.name};
}

BlockDigests hash_blocks_cuda(const BlockBatch& batch, const BlockHashing& hashing) {
  const BlockHashing complete = checked(hashing);
  const DeviceStatus status = cuda_device();
  if (!status.available) throw std::runtime_error("CUDA: no device: " + status.text);
  BlockDigests digests;
  digests.place = status.text;
  digests.first = first_blocks(batch, complete.block_size);
  digests.keys.resize(digests.first.back());
  if (digests.keys.empty()) return digests;

  Event begin;
  Event copied;
  Event hashed;
  Event end;
  begin.record();
  const DeviceArray<Token> tokens(batch.tokens);
  const DeviceArray<std::uint64_t> offset(batch.offset);
  const DeviceArray<std::uint64_t> first{std::span<const std::uint64_t>(digests.first)};
  const DeviceArray<Digest> keys(digests.keys.size());
  copied.record();
  constexpr unsigned kThreads = 128;
  const auto groups = static_cast<unsigned>((batch.requests() + kThreads - 1) / kThreads);
  for_each_type(DeviceFunctionList{}, [&]<class F>() {
    if (complete.function != F::kName) return;
    hash_requests<F><<<groups, kThreads>>>(
        tokens.data(), offset.data(), first.data(), batch.requests(), complete.block_size,
        complete.bits, complete.seed, reinterpret_cast<std::uint64_t*>(keys.data()));
  });
  check(cudaGetLastError(), "starting the kernel");
  hashed.record();
  keys.copy_to(digests.keys.data());
  end.record();
  digests.copy_seconds = copied.seconds_since(begin) + end.seconds_since(hashed);
  digests.hash_seconds = hashed.seconds_since(copied);
  return digests;
}

BlockDigests hash_blocks(const BlockBatch& batch, const BlockHashing& hashing) {
  const DeviceStatus status = cuda_device();
  if (status.available) return hash_blocks_cuda(batch, hashing);
  BlockDigests digests = hash_blocks_host(batch, hashing);
  digests.place += ", for want of a CUDA device: " + status.text;
  return digests;
}

}  // namespace kvsim
