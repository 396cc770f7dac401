#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace kvsim {

/// An immutable array that either owns its values or views memory that something else (a mapped
/// file) owns. Cheap to copy; copies share the values. Empty means "the trace does not carry it".
template <class T>
class Column {
 public:
  Column() = default;
  Column(std::vector<T> values) {  // NOLINT(google-explicit-constructor): a vector is a column
    auto owned = std::make_shared<const std::vector<T>>(std::move(values));
    view_ = std::span<const T>(*owned);
    owner_ = std::move(owned);
  }
  /// `in_file`: the values lie in a mapped file.
  Column(std::span<const T> view, std::shared_ptr<const void> owner, bool in_file = false)
      : view_(view), owner_(std::move(owner)), in_file_(in_file) {}

  std::size_t size() const { return view_.size(); }
  bool empty() const { return view_.empty(); }
  const T* data() const { return view_.data(); }
  const T* begin() const { return view_.data(); }
  const T* end() const { return view_.data() + view_.size(); }
  std::span<const T> span() const { return view_; }
  bool in_file() const { return in_file_; }
  const T& operator[](std::size_t i) const {
    assert(i < view_.size());
    return view_[i];
  }

 private:
  std::span<const T> view_;
  std::shared_ptr<const void> owner_;
  bool in_file_ = false;
};

}  // namespace kvsim
