#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim {

/// The blocks in order of their last use, as a set of times: how many were used since a given one
/// is a count of set bits. Times are dense and compacted whenever they run out, so that the set
/// stays as small as twice the distinct blocks; counts in layers of 512 and 32,768 bits stand
/// before it.
///
/// A Fenwick tree answers the same in as many steps as its size has bits, each a cache miss; here a
/// query reads two short stretches of counts and at most eight words.
class RecencyRanks {
 public:
  explicit RecencyRanks(std::uint32_t slots)
      : time_of_(slots, kUnused),
        slot_at_(std::max<std::size_t>(2 * std::size_t{slots}, 1)),
        words_(round_up(slot_at_.size()) / kWordBits),
        fine_(words_.size() / kWordsAFine),
        coarse_(fine_.size() / kFinesACoarse) {}

  /// How many other blocks were used since `s` was, or kNoSlot if it never was.
  std::uint32_t used_since(Slot s) const {
    const std::uint32_t time = time_of_[s];
    if (time == kUnused) return kNoSlot;
    return used_ - count_through(time);
  }

  /// Notes a use of `s`, the most recent one now.
  void use(Slot s) {
    if (now_ == slot_at_.size()) compact();
    if (time_of_[s] == kUnused) {
      ++used_;
    } else {
      change(time_of_[s], -1);
    }
    time_of_[s] = now_;
    slot_at_[now_] = s;
    change(now_, 1);
    ++now_;
  }

  std::size_t memory_bytes() const {
    return time_of_.capacity() * sizeof(std::uint32_t) + slot_at_.capacity() * sizeof(Slot) +
           words_.capacity() * sizeof(std::uint64_t) + fine_.capacity() * sizeof(std::uint16_t) +
           coarse_.capacity() * sizeof(std::uint32_t);
  }

 private:
  static constexpr std::uint32_t kUnused = 0xffffffffu;
  static constexpr std::size_t kWordBits = 64;
  static constexpr std::size_t kWordsAFine = 8;
  static constexpr std::size_t kFinesACoarse = 64;
  static constexpr std::size_t kFineBits = kWordBits * kWordsAFine;
  static constexpr std::size_t kCoarseBits = kFineBits * kFinesACoarse;

  static std::size_t round_up(std::size_t bits) {
    return (bits + kCoarseBits - 1) / kCoarseBits * kCoarseBits;
  }

  // Set bits up to and with `time`.
  std::uint32_t count_through(std::uint32_t time) const {
    const std::size_t coarse = time / kCoarseBits;
    const std::size_t fine = time / kFineBits;
    const std::size_t word = time / kWordBits;
    std::uint32_t count = std::accumulate(coarse_.data(), coarse_.data() + coarse, 0U);
    for (std::size_t i = coarse * kFinesACoarse; i < fine; ++i) count += fine_[i];
    for (std::size_t i = fine * kWordsAFine; i < word; ++i) count += ones(words_[i]);
    return count + ones(words_[word] & (~std::uint64_t{0} >> (kWordBits - 1 - time % kWordBits)));
  }
  static std::uint32_t ones(std::uint64_t word) {
    return static_cast<std::uint32_t>(std::popcount(word));
  }

  void change(std::uint32_t time, int by) {
    words_[time / kWordBits] ^= std::uint64_t{1} << (time % kWordBits);
    std::uint16_t& fine = fine_[time / kFineBits];
    fine = static_cast<std::uint16_t>(fine + by);
    coarse_[time / kCoarseBits] += static_cast<std::uint32_t>(by);
  }

  // Renumbers the times in use to 0, 1, …: at most every second time is in use when they run out.
  void compact() {
    std::fill(words_.begin(), words_.end(), 0);
    std::fill(fine_.begin(), fine_.end(), std::uint16_t{0});
    std::fill(coarse_.begin(), coarse_.end(), 0U);
    std::uint32_t kept = 0;
    for (std::uint32_t time = 0; time < now_; ++time) {
      const Slot s = slot_at_[time];
      if (time_of_[s] != time) continue;
      time_of_[s] = kept;
      slot_at_[kept] = s;
      change(kept, 1);
      ++kept;
    }
    now_ = kept;
  }

  std::vector<std::uint32_t> time_of_;  // of a slot's last use
  std::vector<Slot> slot_at_;           // used at a time
  std::uint32_t now_ = 0;
  std::uint32_t used_ = 0;  // slots used at all
  std::vector<std::uint64_t> words_;
  std::vector<std::uint16_t> fine_;
  std::vector<std::uint32_t> coarse_;
};

}  // namespace kvsim
