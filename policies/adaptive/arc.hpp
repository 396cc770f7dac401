#pragma once

#include <algorithm>
#include <tuple>

#include "policies/concept.hpp"
#include "policies/structures/queue_set.hpp"

namespace kvsim {

/// ARC: an LRU of blocks seen once (T1) beside one of blocks seen again (T2), with ghosts of what
/// left each (B1, B2). A miss on a ghost says which of the two was too small, and shifts p, the
/// share that T1 aims at.
///
/// Source: Megiddo and Modha, "ARC: a self-tuning, low overhead replacement cache", FAST 2003,
/// figure 4. O(1) an access, 9 bytes a slot. Deviations: none for blocks of equal size. For blocks
/// of several sizes, lists count units; each eviction then forgets one ghost at most, and p moves
/// by the ratio of the ghost lists, in units, whatever the block takes, unless `scaled`.
class Arc {
 public:
  static constexpr std::string_view kName = "arc";
  static constexpr std::string_view kDoc =
      "Balances recency against frequency by what ghosts of each are missed "
      "(Megiddo and Modha, FAST 2003, figure 4).";
  struct Config {
    bool scaled = false;
    static auto fields() {
      return std::tuple(field("scaled", &Config::scaled,
                              "whether a larger block's ghost moves the target further"));
    }
  };

  Arc(const Config& config, const PolicyContext& context)
      : capacity_(context.capacity), scaled_(config.scaled), queues_(context, 4) {}

  void on_hit(const Access& a) { queues_.move(a.slot, kT2); }

  /// A ghost leaves its list and the block's mark keeps which it was.
  void on_miss(const Access& a) {
    planned_ = kNoSlot;
    const QueueSet::Queue ghosts = queues_.of(a.slot);
    if (ghosts == QueueSet::kNowhere) return queues_.set_mark(a.slot, 0);
    const auto capacity = static_cast<double>(capacity_);
    const double b1 = static_cast<double>(queues_.weight(kB1));
    const double b2 = static_cast<double>(queues_.weight(kB2));
    const double step = scaled_ ? static_cast<double>(queues_.weight_of(a.slot)) : 1.0;
    if (ghosts == kB1) {
      target_ = std::min(target_ + step * std::max(b2 / std::max(b1, 1.0), 1.0), capacity);
    } else {
      target_ = std::max(target_ - step * std::max(b1 / std::max(b2, 1.0), 1.0), 0.0);
    }
    queues_.remove(a.slot, ghosts);
  }
  void on_insert(const Access& a) { queues_.push(queues_.mark(a.slot) != 0 ? kT2 : kT1, a.slot); }

  void on_remove(Slot s) {
    const Trim trim = s == planned_ ? planned_trim_ : trim_for(queues_.weight_of(s));
    planned_ = kNoSlot;
    queues_.drop_oldest(trim.forget);
    if (queues_.of(s) == kT2) {
      queues_.move(s, kB2);
    } else if (trim.t1_leaves_no_ghost) {
      queues_.remove(s);
    } else {
      queues_.move(s, kB1);
    }
  }

  template <class Evictable>
  Slot victim(const Access& incoming, const Evictable& evictable) {
    const QueueSet::Queue ghosts = queues_.mark(incoming.slot);
    const auto t1 = static_cast<double>(queues_.weight(kT1));
    planned_trim_ =
        ghosts == QueueSet::kNowhere ? trim_for(queues_.weight_of(incoming.slot)) : Trim{};
    const bool from_t1 =
        t1 > target_ || (t1 == target_ && ghosts == kB2) || planned_trim_.t1_leaves_no_ghost;
    planned_ = queues_.oldest_evictable(from_t1 ? kT1 : kT2, evictable);
    if (planned_ == kNoSlot) planned_ = queues_.oldest_evictable(from_t1 ? kT2 : kT1, evictable);
    return planned_;
  }

  void prefetch(const Access& a) const { queues_.prefetch(a.slot); }
  std::size_t memory_bytes() const { return queues_.memory_bytes(); }
  void check_invariants() const {
    queues_.check_invariants();
    if (queues_.weight(kT1) + queues_.weight(kT2) > capacity_) {
      throw std::logic_error("more resident than the capacity");
    }
    if (!(target_ >= 0) || target_ > static_cast<double>(capacity_)) {
      throw std::logic_error("the target is out of range");
    }
  }

 private:
  static constexpr QueueSet::Queue kT1 = 1, kT2 = 2, kB1 = 3, kB2 = 4;

  /// What a new block of neither ghost list does to the directory, if a block leaves for it.
  struct Trim {
    QueueSet::Queue forget = QueueSet::kNowhere;  ///< ghosts whose oldest is forgotten
    bool t1_leaves_no_ghost = false;              ///< T1 alone fills its half of the directory
  };
  Trim trim_for(std::uint64_t weight) const {
    const std::uint64_t l1 = queues_.weight(kT1) + queues_.weight(kB1);
    const std::uint64_t l2 = queues_.weight(kT2) + queues_.weight(kB2);
    if (l1 + weight > capacity_) return {kB1, queues_.empty(kB1)};
    if (l1 + l2 >= 2 * capacity_) return {kB2, false};
    return {};
  }

  std::uint64_t capacity_;
  bool scaled_;
  double target_ = 0;       ///< p: units that T1 aims at
  Slot planned_ = kNoSlot;  ///< the block last named, and what goes with its leaving
  Trim planned_trim_;
  QueueSet queues_;
};

static_assert(EvictionPolicy<Arc>);

}  // namespace kvsim
