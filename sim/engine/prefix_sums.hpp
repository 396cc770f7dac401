#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

namespace kvsim {

/// The sums of the beginnings of a sequence of numbers, each of which may change. Numbers stand in
/// groups of 16, as do the groups' sums, and so on; each entry holds the sum of its group's entries
/// before it. So a sum is one load a level, and a change adds to the rest of one group a level,
/// without a branch: five levels hold a million numbers, where a binary tree has twenty.
template <class T>
class PrefixSums {
 public:
  /// `count` numbers, all 0.
  explicit PrefixSums(std::size_t count) {
    std::size_t groups = 0;
    do {
      starts_[levels_++] = groups;
      count = (count + kGroup - 1) / kGroup;
      groups += count;
    } while (count > 1);
    groups_.resize(groups);
  }

  /// The sum of the numbers before number `i`.
  T before(std::size_t i) const {
    T sum = 0;
    for (std::size_t level = 0; level < levels_; ++level, i /= kGroup) {
      sum += groups_[starts_[level] + i / kGroup].before[i % kGroup];
    }
    return sum;
  }

  /// Changes number `i` by `by`, modulo the range of T.
  void add(std::size_t i, T by) {
    for (std::size_t level = 0; level < levels_; ++level, i /= kGroup) {
      Entries later;
      std::memcpy(&later, &kLater[kGroup - 1 - i % kGroup], sizeof later);
      groups_[starts_[level] + i / kGroup].before += later & by;
    }
  }

  void clear() { groups_.assign(groups_.size(), Group{}); }
  void prefetch(std::size_t i) const { __builtin_prefetch(&groups_[i / kGroup], 1); }
  std::size_t memory_bytes() const { return groups_.capacity() * sizeof(Group); }

 private:
  static constexpr std::size_t kGroup = 16;
  static constexpr std::size_t kMostLevels = 8;  // 16^8 numbers
  // A vector as GCC and Clang know it: the compiler makes it of as many registers as it takes.
  using Entries [[gnu::vector_size(kGroup * sizeof(T))]] = T;
  struct Group {
    Entries before{};
  };
  // As many zeros as a group has entries, then ones: which entries come after a given one.
  static constexpr auto kLater = [] {
    std::array<T, 2 * kGroup - 1> masks{};
    for (std::size_t k = kGroup; k < masks.size(); ++k) masks[k] = ~T{0};
    return masks;
  }();

  std::vector<Group> groups_;  // level by level, the finest first
  std::size_t starts_[kMostLevels] = {};
  std::size_t levels_ = 0;
};

}  // namespace kvsim
