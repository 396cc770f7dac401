#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "policies/structures/count_min_sketch.hpp"
#include "policies/structures/doorkeeper.hpp"
#include "sim/core/ids.hpp"
#include "sim/core/scrambled.hpp"

namespace kvsim {

/// How often slots were used lately, approximately and up to 15: a sketch behind a doorkeeper,
/// which takes a slot's first use, aged by forgetting half of everything after each sample of ten
/// uses a cached block.
///
/// Source: Einziger, Friedman and Manes 2017, "TinyLFU: a highly efficient cache admission policy",
/// sections 3.3 (reset) and 3.4.2 (doorkeeper). 12 bytes for each block that the cache can hold,
/// and none a slot.
class FrequencySketch {
 public:
  /// `blocks`: how many the cache can hold; with 0 the sketch takes no memory and must not be used.
  explicit FrequencySketch(std::uint64_t blocks)
      : sketch_(blocks), doorkeeper_(blocks), sample_(kUsesABlock * blocks) {}

  void record(Slot s) {
    const std::uint64_t hash = scrambled(kGolden64 + s);
    if (doorkeeper_.insert(hash)) sketch_.increment(hash);
    if (++recorded_ < sample_) return;
    sketch_.halve();
    doorkeeper_.clear();
    recorded_ /= 2;
  }
  std::uint32_t estimate(Slot s) const {
    const std::uint64_t hash = scrambled(kGolden64 + s);
    const std::uint32_t first = doorkeeper_.contains(hash) ? 1 : 0;
    return std::min(sketch_.estimate(hash) + first, CountMinSketch::kMost);
  }

  std::size_t memory_bytes() const { return sketch_.memory_bytes() + doorkeeper_.memory_bytes(); }
  void check_invariants() const {
    if (recorded_ > sample_) throw std::logic_error("a sample ran on");
  }

 private:
  static constexpr std::uint64_t kUsesABlock = 10;

  CountMinSketch sketch_;
  Doorkeeper doorkeeper_;
  std::uint64_t sample_;  // uses after which everything is halved
  std::uint64_t recorded_ = 0;
};

}  // namespace kvsim
