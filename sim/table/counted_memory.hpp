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
  // Containers convert allocators to those of their own nodes.
  template <class U>
  CountingAllocator(const CountingAllocator<U>& other)  // NOLINT(google-explicit-constructor)
      : bytes_(other.bytes_) {}

  T* allocate(std::size_t count) {
    T* memory = std::allocator<T>().allocate(count);
    *bytes_ += count * kSize;
    return memory;
  }
  void deallocate(T* memory, std::size_t count) {
    *bytes_ -= count * kSize;
    std::allocator<T>().deallocate(memory, count);
  }

  // Of whatever T is, pointers too.
  static constexpr std::size_t kSize = sizeof(T);  // NOLINT(bugprone-sizeof-expression)

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
