#pragma once

#include <stdexcept>
#include <vector>

#include "policies/concept.hpp"
#include "policies/structures/residents.hpp"

namespace kvsim {

/// Random replacement: every resident block that may leave is an equally likely victim. It needs no
/// history, and loops do not defeat it as they do LRU.
///
/// Source: Belady 1966, "A study of replacement algorithms for a virtual-storage computer" (RAND).
/// O(1) an access, 4 bytes a slot and 4 a resident block. Deviations: none; draws come from the
/// run's generator.
class Random {
 public:
  static constexpr std::string_view kName = "random";
  static constexpr std::string_view kDoc =
      "Evicts a resident block drawn uniformly at random (Belady 1966, RAND).";
  struct Config {};

  Random(const Config&, const PolicyContext& context)
      : rng_(context.rng), residents_(most_residents(context)), places_(context.slots, kNoSlot) {
    if (rng_ == nullptr) throw std::logic_error("random needs the run's generator");
  }

  void on_hit(const Access&) {}
  void on_insert(const Access& a) { place(a.slot, count_++); }
  void on_remove(Slot s) {
    place(residents_[--count_], places_[s]);
    places_[s] = kNoSlot;
  }

  /// Draws without replacement, setting those that may not leave aside behind the rest, so that the
  /// choice stays uniform and a fruitless search ends.
  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) {
    for (std::uint32_t left = count_; left > 0; --left) {
      const auto drawn = static_cast<std::uint32_t>(rng_->below(left));
      const Slot s = residents_[drawn];
      if (evictable(s)) return s;
      place(residents_[left - 1], drawn);
      place(s, left - 1);
    }
    return kNoSlot;
  }

  std::size_t memory_bytes() const {
    return residents_.capacity() * sizeof(Slot) + places_.capacity() * sizeof(std::uint32_t);
  }

  void check_invariants() const {
    std::size_t placed = 0;
    for (const std::uint32_t place : places_) placed += place != kNoSlot;
    if (placed != count_) throw std::logic_error("a block that left still has a place");
    for (std::uint32_t i = 0; i < count_; ++i) {
      if (places_[residents_[i]] != i) throw std::logic_error("a resident block's place is wrong");
    }
  }

 private:
  void place(Slot s, std::uint32_t i) {
    residents_[i] = s;
    places_[s] = i;
  }

  Rng* rng_;
  std::vector<Slot> residents_;        ///< the first count_ are resident, in no order
  std::vector<std::uint32_t> places_;  ///< where in residents_ a slot is; kNoSlot: it is not
  std::uint32_t count_ = 0;
};

static_assert(EvictionPolicy<Random>);

}  // namespace kvsim
