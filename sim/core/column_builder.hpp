#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "sim/core/column.hpp"
#include "sim/core/growing_memory.hpp"

namespace kvsim {

/// A column in the making: an array that grows without being copied, and becomes a Column as it
/// lies. `spill`: see GrowingMemory.
template <class T>
class ColumnBuilder {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  ColumnBuilder() = default;
  explicit ColumnBuilder(std::filesystem::path spill) : memory_(std::move(spill)) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return static_cast<T*>(memory_.data()); }
  const T* data() const { return static_cast<const T*>(memory_.data()); }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }
  T& operator[](std::size_t i) {
    assert(i < size_);
    return data()[i];
  }
  const T& operator[](std::size_t i) const {
    assert(i < size_);
    return data()[i];
  }

  void push_back(T value) { *extend(1) = value; }
  void append(std::span<const T> values) {
    if (!values.empty()) std::copy(values.begin(), values.end(), extend(values.size()));
  }
  /// Grows to `size` values, the new ones being `value`.
  void resize(std::size_t size, T value) {
    if (size <= size_) return;
    const std::size_t more = size - size_;
    std::fill_n(extend(more), more, value);
  }
  /// Room for `count` values more, without particular values, to be written by the caller.
  T* extend(std::size_t count) {
    if ((size_ + count) * sizeof(T) > memory_.size()) memory_.reserve((size_ + count) * sizeof(T));
    T* added = data() + size_;
    size_ += count;
    return added;
  }

  /// The column; the builder is empty afterwards.
  Column<T> take() {
    if (size_ == 0) return {};
    const std::size_t size = std::exchange(size_, 0);
    auto owner = std::make_shared<const GrowingMemory>(std::move(memory_));
    const std::span<const T> values(static_cast<const T*>(owner->data()), size);
    const bool in_file = owner->in_file();
    return Column<T>(values, std::move(owner), in_file);
  }

 private:
  GrowingMemory memory_;
  std::size_t size_ = 0;
};

}  // namespace kvsim
