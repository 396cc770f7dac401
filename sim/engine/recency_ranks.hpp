#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/engine/prefix_sums.hpp"

namespace kvsim {

/// Times of last uses, each weighing 1: a bit a time.
class EqualWeights {
 public:
  using Sum = std::uint32_t;
  static constexpr std::size_t kBlock = 64;  ///< times that are summed up without PrefixSums

  explicit EqualWeights(std::size_t times) : words_(times / kBlock) {}

  void put(std::size_t time, Sum) { words_[time / kBlock] |= bit(time); }
  Sum take(std::size_t time) {
    words_[time / kBlock] &= ~bit(time);
    return 1;
  }
  /// What weighs at times of the same block up to `time`.
  Sum through(std::size_t time) const {
    const std::uint64_t later = (~std::uint64_t{0} - 1) << (time % kBlock);
    return static_cast<Sum>(std::popcount(words_[time / kBlock] & ~later));
  }
  void prefetch(std::size_t time) const { __builtin_prefetch(&words_[time / kBlock], 1); }
  std::size_t memory_bytes() const { return words_.capacity() * sizeof(std::uint64_t); }

 private:
  static std::uint64_t bit(std::size_t time) { return std::uint64_t{1} << (time % kBlock); }
  std::vector<std::uint64_t> words_;
};

/// Times of last uses, each weighing an object's bytes.
class ByteWeights {
 public:
  using Sum = std::uint64_t;
  static constexpr std::size_t kBlock = 16;

  explicit ByteWeights(std::size_t times) : bytes_(times) {}

  void put(std::size_t time, Sum bytes) { bytes_[time] = static_cast<std::uint32_t>(bytes); }
  Sum take(std::size_t time) {
    const Sum bytes = bytes_[time];
    bytes_[time] = 0;
    return bytes;
  }
  Sum through(std::size_t time) const {
    Sum sum = 0;
    for (std::size_t t = time / kBlock * kBlock; t <= time; ++t) sum += bytes_[t];
    return sum;
  }
  void prefetch(std::size_t time) const { __builtin_prefetch(&bytes_[time], 1); }
  std::size_t memory_bytes() const { return bytes_.capacity() * sizeof(std::uint32_t); }

 private:
  std::vector<std::uint32_t> bytes_;
};

/// The blocks in order of their last use, and what those used since a given one weigh together: the
/// stack of Mattson, Gecsei, Slutz and Traiger (1970). A use is a time; times are dense, and are
/// compacted when they run out, so that memory follows the distinct blocks and not the uses.
template <class Weights>
class RecencyStack {
 public:
  using Sum = typename Weights::Sum;
  static constexpr Sum kNeverUsed = std::numeric_limits<Sum>::max();

  explicit RecencyStack(std::uint32_t slots)
      : time_of_(slots, kNoTime),
        times_(whole_blocks(kTimesASlot * std::size_t{slots})),
        weights_(times_),
        sums_(times_ / kBlock) {}

  /// What the other blocks used since `s` was weigh, or kNeverUsed.
  Sum used_since(Slot s) const {
    const std::uint32_t time = time_of_[s];
    if (time == kNoTime) return kNeverUsed;
    return total_ - sums_.before(time / kBlock) - weights_.through(time);
  }

  /// Notes a use of `s`, the most recent one now.
  void use(Slot s, Sum weight = 1) {
    if (now_ == times_) compact();
    forget(s);
    time_of_[s] = static_cast<std::uint32_t>(now_);
    append(weight);
    total_ += weight;
  }

  /// As if `s` had never been used.
  void forget(Slot s) {
    const std::uint32_t time = time_of_[s];
    if (time == kNoTime) return;
    const Sum weight = weights_.take(time);
    total_ -= weight;
    if (time / kBlock != now_ / kBlock) sums_.add(time / kBlock, Sum{0} - weight);
    time_of_[s] = kNoTime;
  }

  /// Two steps ahead of a use: the first loads what the second needs.
  void prefetch_time(Slot s) const { __builtin_prefetch(&time_of_[s], 1); }
  void prefetch_weights(Slot s) const {
    const std::uint32_t time = time_of_[s];
    if (time == kNoTime) return;
    weights_.prefetch(time);
    sums_.prefetch(time / kBlock);
  }

  std::size_t memory_bytes() const {
    return time_of_.capacity() * sizeof(std::uint32_t) + weights_.memory_bytes() +
           sums_.memory_bytes();
  }

 private:
  static constexpr std::uint32_t kNoTime = 0xffffffffu;
  static constexpr std::size_t kBlock = Weights::kBlock;
  static constexpr std::size_t kTimesASlot = 4;  // compacted once in three uses a slot

  static std::size_t whole_blocks(std::size_t times) {
    return (std::max<std::size_t>(times, 1) + kBlock - 1) / kBlock * kBlock;
  }

  // The block of times that `now_` is in is not among the sums yet: it still grows.
  void append(Sum weight) {
    weights_.put(now_++, weight);
    if (now_ % kBlock == 0) sums_.add(now_ / kBlock - 1, weights_.through(now_ - 1));
  }

  void compact() {
    std::vector<Slot> slot_at(times_, kNoSlot);
    for (Slot s = 0; s < time_of_.size(); ++s) {
      if (time_of_[s] != kNoTime) slot_at[time_of_[s]] = s;
    }
    sums_.clear();
    now_ = 0;
    for (std::size_t time = 0; time < times_; ++time) {
      const Slot s = slot_at[time];
      if (s == kNoSlot) continue;
      time_of_[s] = static_cast<std::uint32_t>(now_);
      append(weights_.take(time));
    }
  }

  std::vector<std::uint32_t> time_of_;  // of a slot's last use
  std::size_t times_;
  std::size_t now_ = 0;
  Sum total_ = 0;
  Weights weights_;
  PrefixSums<Sum> sums_;  // of blocks of times
};

/// How many other blocks were used since a block was.
using RecencyRanks = RecencyStack<EqualWeights>;
/// How many bytes the other objects used since an object was take.
using RecencyBytes = RecencyStack<ByteWeights>;

}  // namespace kvsim
