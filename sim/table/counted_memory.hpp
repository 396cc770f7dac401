#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace kvsim {

/// Counts the bytes that a library's container holds, without what the system's allocator adds.
template <class T>
class CountingAllocator {
 public:
  using value_type = T;

  /// `bytes` is counted up and down, and must outlive the container.
  explicit CountingAllocator(std::size_t& bytes) : bytes_(&bytes) {}
  template <class U>
  explicit(false) CountingAllocator(const CountingAllocator<U>& other) : bytes_(other.bytes_) {}

  T* allocate(std::size_t count) {
    T* memory = std::allocator<T>().allocate(count);
    *bytes_ += count * sizeof(T);
    return memory;
  }
  void deallocate(T* memory, std::size_t count) {
    *bytes_ -= count * sizeof(T);
    std::allocator<T>().deallocate(memory, count);
  }

  template <class U>
  bool operator==(const CountingAllocator<U>& other) const {
    return bytes_ == other.bytes_;
  }

 private:
  template <class U>
  friend class CountingAllocator;

  std::size_t* bytes_;
};

}  // namespace kvsim
