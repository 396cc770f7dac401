#include <utility>

#include "model/cuda/device.hpp"
#include "model/cuda/runtime.hpp"

namespace kvsim {

namespace {

int attribute(cudaDeviceAttr which) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, which, 0), "reading an attribute of the device");
  return value;
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

DeviceTraits device_traits() {
  const DeviceStatus status = cuda_device();
  if (!status.available) throw std::runtime_error("CUDA: no device: " + status.text);
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0), "reading the device's properties");
  DeviceTraits traits;
  traits.name = status.text;
  traits.compute_capability =
      std::to_string(properties.major) + "." + std::to_string(properties.minor);
  traits.multiprocessors = properties.multiProcessorCount;
  check(cudaMemGetInfo(&traits.free_bytes, &traits.memory_bytes), "reading the memory's size");
  traits.l2_bytes = static_cast<std::size_t>(properties.l2CacheSize);
  traits.memory_clock_hz = attribute(cudaDevAttrMemoryClockRate) * 1e3;
  traits.memory_bus_bits = attribute(cudaDevAttrGlobalMemoryBusWidth);
  traits.peak_bytes_per_second = 2 * traits.memory_clock_hz * traits.memory_bus_bits / 8;
  check(cudaDriverGetVersion(&traits.driver), "reading the driver's version");
  check(cudaRuntimeGetVersion(&traits.runtime), "reading the runtime's version");
  return traits;
}

DeviceMemory::DeviceMemory(std::size_t bytes) : bytes_(bytes) {
  check(cudaMalloc(&data_, bytes), "allocating device memory");
}

DeviceMemory::DeviceMemory(const void* from, std::size_t bytes) : DeviceMemory(bytes) {
  check(cudaMemcpy(data_, from, bytes, cudaMemcpyHostToDevice), "copying to the device");
}

DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

DeviceMemory::~DeviceMemory() { cudaFree(data_); }

void DeviceMemory::copy_to(void* to) const {
  check(cudaMemcpy(to, data_, bytes_, cudaMemcpyDeviceToHost), "copying from the device");
}

void DeviceMemory::copy_from(const void* from, std::size_t bytes, std::size_t at) {
  if (at > bytes_ || bytes > bytes_ - at) throw std::logic_error("a copy beyond device memory");
  check(cudaMemcpy(static_cast<char*>(data_) + at, from, bytes, cudaMemcpyHostToDevice),
        "copying to the device");
}

void copy_on_device(void* to, const void* from, std::size_t bytes) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice), "copying on the device");
}

double device_seconds(const std::function<void()>& start) {
  Event begin;
  Event end;
  begin.record();
  start();
  end.record();
  return end.seconds_since(begin);
}

}  // namespace kvsim
