#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "policies/fast_form.hpp"
#include "policies/queue/fifo.hpp"
#include "sim/core/pick.hpp"

namespace kvsim {

/// FIFO without a queue. Insertions are numbered, and a block is resident exactly if its number is
/// among the newest `capacity`. 4 bytes a slot. Nothing branches on whether an access hits, which
/// no processor can foretell.
class FifoFast {
 public:
  using Policy = Fifo;
  static constexpr NeedsPrevious kPrevious = NeedsPrevious::kNo;
  static bool serves(const Fifo::Config&, std::uint64_t accesses, std::uint64_t slots) {
    return accesses + slots < std::numeric_limits<std::uint32_t>::max();
  }
  static std::size_t memory_bytes(std::uint64_t, const StreamColumns& columns) {
    return std::size_t{columns.slots} * sizeof(std::uint32_t);
  }

  FifoFast(const Fifo::Config&, std::uint64_t capacity, const StreamColumns& columns)
      : slot_(columns.slot.data()),
        capacity_(static_cast<std::uint32_t>(std::min<std::uint64_t>(capacity, columns.slots))),
        newest_(capacity_),
        number_(columns.slots, 0) {}

  bool access(Position p) {
    std::uint32_t& number = number_[slot_[p]];
    const bool hit = newest_ - number < capacity_;
    newest_ += hit ? 0 : 1;
    number = pick(hit, number, newest_);
    return hit;
  }
  bool resident(Position p, Position) const { return newest_ - number_[slot_[p]] < capacity_; }
  std::uint64_t occupied() const { return std::min(newest_ - capacity_, capacity_); }
  void prefetch(Position p) const { __builtin_prefetch(&number_[slot_[p]], 1); }

 private:
  const Slot* slot_;
  std::uint32_t capacity_;
  std::uint32_t newest_;               // starts so high that number 0 stands for "never"
  std::vector<std::uint32_t> number_;  // of a slot's last insertion
};

static_assert(FastForm<FifoFast>);

template <>
struct FastFormOf<Fifo> {
  using Type = FifoFast;
};

}  // namespace kvsim
