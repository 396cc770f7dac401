#pragma once
// What is counted of look-ups, and what is expected of them.

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/table/driven_table.hpp"

namespace kvsim {

/// Lengths of look-ups that have been counted one by one.
class ProbeTally {
 public:
  void add(std::uint32_t length) {
    if (length >= histogram_.size()) histogram_.resize(length + std::size_t{1});
    ++histogram_[length];
  }
  ProbeLengths lengths() const {
    ProbeLengths result;
    result.histogram = histogram_;
    double sum = 0;
    for (std::size_t length = 0; length < histogram_.size(); ++length) {
      result.lookups += histogram_[length];
      sum += static_cast<double>(length) * static_cast<double>(histogram_[length]);
    }
    if (result.lookups == 0) return result;
    result.mean = sum / static_cast<double>(result.lookups);
    result.max = static_cast<std::uint32_t>(histogram_.size() - 1);
    const std::uint64_t beyond_p99 = result.lookups / 100;
    std::uint64_t beyond = 0;
    result.p99 = result.max;
    while ((beyond += histogram_[result.p99]) <= beyond_p99) --result.p99;
    return result;
  }

 private:
  std::vector<std::uint64_t> histogram_;  // its last entry is never 0
};

/// A mean.
class Mean {
 public:
  void add(double x) {
    sum_ += x;
    ++count_;
  }
  double value() const { return sum_ / static_cast<double>(count_); }
  bool is_empty() const { return count_ == 0; }

 private:
  double sum_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace kvsim
