#pragma once

#include <algorithm>
#include <tuple>

#include "policies/concept.hpp"
#include "policies/structures/queue_set.hpp"

namespace kvsim {

/// CAR: ARC with clocks. Hits only set a bit; a hand on T1 lifts the blocks whose bit is set into
/// T2, one on T2 gives them another turn, and ghosts of both move the share that T1 aims at.
///
/// Source: Bansal and Modha, "CAR: clock with adaptive replacement", FAST 2004, figure 2. O(1) an
/// access, amortised; 9 bytes a slot. Deviations: none for blocks of equal size. For blocks of
/// several sizes, which the paper does not treat, lists count units, as many ghosts are forgotten
/// as the new block needs, and p moves by the ratio of the ghost lists, in units, whatever the
/// block takes, unless `scaled`.
class Car {
 public:
  static constexpr std::string_view kName = "car";
  static constexpr std::string_view kDoc =
      "ARC's balance of recency and frequency with clocks for its lists "
      "(Bansal and Modha, FAST 2004, figure 2).";
  struct Config {
    bool scaled = false;
    static auto fields() {
      return std::tuple(field("scaled", &Config::scaled,
                              "whether a larger block's ghost moves the target further"));
    }
  };

  Car(const Config& config, const PolicyContext& context)
      : capacity_(context.capacity), scaled_(config.scaled), queues_(context, 4) {}

  void on_hit(const Access& a) { queues_.set_mark(a.slot, 1); }

  void on_insert(const Access& a) {
    const QueueSet::Queue ghosts = queues_.of(a.slot);
    const std::uint64_t weight = queues_.weight_of(a.slot);
    if (ghosts == QueueSet::kNowhere) {
      make_room_in_directory(weight);
      return queues_.push(kT1, a.slot);
    }
    const auto capacity = static_cast<double>(capacity_);
    const double b1 = static_cast<double>(queues_.weight(kB1));
    const double b2 = static_cast<double>(queues_.weight(kB2));
    const double step = scaled_ ? static_cast<double>(weight) : 1.0;
    if (ghosts == kB1) {
      target_ = std::min(target_ + step * std::max(b2 / std::max(b1, 1.0), 1.0), capacity);
    } else {
      target_ = std::max(target_ - step * std::max(b1 / std::max(b2, 1.0), 1.0), 0.0);
    }
    queues_.move(a.slot, kT2);
  }
  void on_remove(Slot s) { queues_.move(s, queues_.of(s) == kT1 ? kB1 : kB2); }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) {
    while (true) {
      const bool from_t1 = static_cast<double>(queues_.weight(kT1)) >= std::max(target_, 1.0);
      Slot s = queues_.oldest_evictable(from_t1 ? kT1 : kT2, evictable);
      if (s == kNoSlot) s = queues_.oldest_evictable(from_t1 ? kT2 : kT1, evictable);
      if (s == kNoSlot || queues_.mark(s) == 0) return s;
      queues_.move(s, kT2);  // its bit pays for a turn in T2
    }
  }

  void prefetch(const Access& a) const { queues_.prefetch(a.slot); }
  std::size_t memory_bytes() const { return queues_.memory_bytes(); }
  void check_invariants() const {
    queues_.check_invariants();
    const std::uint64_t t1 = queues_.weight(kT1), t2 = queues_.weight(kT2);
    const std::uint64_t b1 = queues_.weight(kB1), b2 = queues_.weight(kB2);
    if (t1 + t2 > capacity_) throw std::logic_error("more resident than the capacity");
    if (t1 + b1 > capacity_) throw std::logic_error("T1 and B1 exceed the capacity");
    if (t1 + t2 + b1 + b2 > 2 * capacity_) throw std::logic_error("the directory is too large");
    if (!(target_ >= 0) || target_ > static_cast<double>(capacity_)) {
      throw std::logic_error("the target is out of range");
    }
  }

 private:
  enum : QueueSet::Queue { kT1 = 1, kT2, kB1, kB2 };

  /// Forgets ghosts until T1 and B1 with a new block of `weight` come to one capacity at most, and
  /// all lists to two.
  void make_room_in_directory(std::uint64_t weight) {
    std::uint64_t others = queues_.weight(kT1) + weight;
    while (!queues_.empty(kB1) && queues_.weight(kB1) + others > capacity_) {
      queues_.drop_oldest(kB1);
    }
    others += queues_.weight(kB1) + queues_.weight(kT2);
    while (!queues_.empty(kB2) && queues_.weight(kB2) + others > 2 * capacity_) {
      queues_.drop_oldest(kB2);
    }
  }

  std::uint64_t capacity_;
  bool scaled_;
  double target_ = 0;  ///< p: units that T1 aims at
  QueueSet queues_;
};

static_assert(EvictionPolicy<Car>);

}  // namespace kvsim
