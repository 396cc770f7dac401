#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include "policies/concept.hpp"
#include "policies/structures/slot_lists.hpp"

namespace kvsim {

/// CLOCK, or FIFO with reinsertion: a hit counts in a few bits of the block, and the oldest block,
/// instead of leaving, pays one of its counts for another turn. LRU's order, roughly, at the price
/// of a FIFO.
///
/// Source: Corbató 1968, "A paging experiment with the Multics system"; with more bits: Smith 1978,
/// "Sequentiality and prefetching in database systems" (generalized CLOCK). O(1) an access,
/// amortised; 9 bytes a slot. Deviations: a block is inserted with no count, as recent work has it;
/// in Multics the fault that loads a page sets its bit too (`initial=1`).
class Clock {
 public:
  static constexpr std::string_view kName = "clock";
  static constexpr std::string_view kDoc =
      "FIFO in which blocks hit since their last turn get another one (Corbató 1968).";
  struct Config {
    std::uint32_t bits = 1;
    std::uint32_t initial = 0;
    static auto fields() {
      return std::tuple(
          field("bits", &Config::bits, 1, 8, "bits of a block's counter"),
          field("initial", &Config::initial, 0, 255, "counter on insertion, as far as bits allow"));
    }
  };

  Clock(const Config& config, const PolicyContext& context)
      : most_(static_cast<std::uint8_t>((1U << config.bits) - 1)),
        initial_(static_cast<std::uint8_t>(std::min<std::uint32_t>(config.initial, most_))),
        lists_(context.slots, 1),
        counts_(context.slots) {}

  void on_hit(const Access& a) {
    std::uint8_t& count = counts_[a.slot];
    count = static_cast<std::uint8_t>(count + (count < most_));
  }
  void on_insert(const Access& a) {
    lists_.push_front(0, a.slot);
    counts_[a.slot] = initial_;
  }
  void on_remove(Slot s) { lists_.remove(0, s); }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) {
    Slot s = lists_.back(0);
    while (s != kNoSlot) {
      Slot next = lists_.towards_front(s);
      if (evictable(s)) {
        if (counts_[s] == 0) return s;
        --counts_[s];
        lists_.move_to_front(0, s);
        if (next == kNoSlot) next = lists_.back(0);
      }
      s = next;
    }
    return kNoSlot;
  }

  std::size_t memory_bytes() const { return lists_.memory_bytes() + counts_.capacity(); }
  void check_invariants() const {
    lists_.check_invariants();
    for (Slot s = lists_.back(0); s != kNoSlot; s = lists_.towards_front(s)) {
      if (counts_[s] > most_) throw std::logic_error("a counter exceeds its bits");
    }
  }

 private:
  std::uint8_t most_;
  std::uint8_t initial_;
  SlotLists lists_;
  std::vector<std::uint8_t> counts_;
};

static_assert(EvictionPolicy<Clock>);

}  // namespace kvsim
