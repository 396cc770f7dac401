#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "policies/queue/fifo_fast.hpp"
#include "policies/sweep_form.hpp"

namespace kvsim {

/// FIFO at several capacities: the insertion numbers of one slot (see FifoFast) lie side by side,
/// so that an access is a few vector instructions and no branch. 4 bytes a slot and lane.
class FifoSweep {
 public:
  using Policy = Fifo;
  static constexpr NeedsPrevious kPrevious = NeedsPrevious::kNo;
  static constexpr std::size_t kMostLanes = 8;
  static bool serves(const Fifo::Config& config, std::uint64_t accesses, std::uint64_t slots) {
    return FifoFast::serves(config, accesses, slots);
  }

  FifoSweep(const Fifo::Config&, std::span<const std::uint64_t> capacities,
            const StreamColumns& columns)
      : slot_(columns.slot.data()), lanes_(capacities.size()), numbers_(columns.slots) {
    for (std::size_t k = 0; k < kMostLanes; ++k) {
      const std::uint64_t capacity = capacities[std::min(k, lanes_ - 1)];
      capacity_[k] = static_cast<std::uint32_t>(std::min<std::uint64_t>(capacity, columns.slots));
      newest_[k] = capacity_[k];
    }
  }

  void access(Position p) {
    Numbers& numbers = numbers_[slot_[p]];
    for (std::size_t k = 0; k < kMostLanes; ++k) {
      const std::uint32_t number = numbers[k];
      const std::uint32_t miss = newest_[k] - number < capacity_[k] ? 0 : ~std::uint32_t{0};
      newest_[k] -= miss;
      numbers[k] = (number & ~miss) | (newest_[k] & miss);
    }
  }
  Lanes resident(Position p, Position) const {
    const Numbers& numbers = numbers_[slot_[p]];
    Lanes lanes = 0;
    for (std::size_t k = 0; k < lanes_; ++k) {
      lanes |= Lanes{newest_[k] - numbers[k] < capacity_[k]} << k;
    }
    return lanes;
  }
  std::uint64_t misses(std::size_t lane) const { return newest_[lane] - capacity_[lane]; }
  void prefetch(Position p) const { __builtin_prefetch(&numbers_[slot_[p]], 1); }

 private:
  struct alignas(kMostLanes * sizeof(std::uint32_t)) Numbers
      : std::array<std::uint32_t, kMostLanes> {};

  const Slot* slot_;
  std::size_t lanes_;
  Numbers capacity_{};  // lanes that nobody asked for repeat the last
  Numbers newest_{};
  std::vector<Numbers> numbers_;
};

static_assert(SweepForm<FifoSweep>);

template <>
struct SweepFormOf<Fifo> {
  using Type = FifoSweep;
};

}  // namespace kvsim
