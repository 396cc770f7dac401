#pragma once
// The GPU itself: whether there is one, its memory, its time. No CUDA in this header.

#include <cstddef>
#include <functional>
#include <string>

namespace kvsim {

/// Whether CUDA finds a device.
struct DeviceStatus {
  bool available = false;
  std::string text;  ///< the first device's name; or, where there is none, why, in CUDA's words
};

DeviceStatus cuda_device();

/// What the first device says of itself.
struct DeviceTraits {
  std::string name;
  std::string compute_capability;  ///< as 9.0
  int multiprocessors = 0;
  std::size_t memory_bytes = 0;
  std::size_t free_bytes = 0;  ///< of them, now
  std::size_t l2_bytes = 0;
  double memory_clock_hz = 0;
  int memory_bus_bits = 0;
  /// Of its memory, at two transfers a clock, as double-data-rate memories do; 0 where the driver
  /// does not tell the clock.
  double peak_bytes_per_second = 0;
  int driver = 0;   ///< the newest CUDA that the driver knows: 13000 is 13.0
  int runtime = 0;  ///< the CUDA that this was built with
};

/// Throws std::runtime_error where there is no device.
DeviceTraits device_traits();

/// A piece of the device's memory. Everything throws std::runtime_error with CUDA's words.
class DeviceMemory {
 public:
  explicit DeviceMemory(std::size_t bytes);
  DeviceMemory(const void* from, std::size_t bytes);
  DeviceMemory(DeviceMemory&& other) noexcept;
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  DeviceMemory& operator=(DeviceMemory&&) = delete;
  ~DeviceMemory();

  template <class T = void>
  T* data() const {
    return static_cast<T*>(data_);
  }
  std::size_t bytes() const { return bytes_; }
  /// To `at` bytes behind the beginning.
  void copy_from(const void* from, std::size_t bytes, std::size_t at);
  /// Waits for all earlier work of the device.
  void copy_to(void* to) const;

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

/// Starts a copy within the device's memory, by the driver's own means.
void copy_on_device(void* to, const void* from, std::size_t bytes);

/// How long the device takes, by its events, for what `start` starts on the default stream.
double device_seconds(const std::function<void()>& start);

}  // namespace kvsim
