#pragma once

#include <algorithm>
#include <tuple>

#include "policies/concept.hpp"
#include "policies/structures/queue_set.hpp"
#include "policies/structures/slot_lists.hpp"
#include "sim/core/share.hpp"

namespace kvsim {

/// LIRS: keeps the blocks whose last two accesses lie closest together (LIR) for nearly all of the
/// capacity, and lets the rest (HIR) pass through a short queue Q. The stack S orders by last
/// access whatever is no older than the oldest LIR block, blocks no longer resident included; an
/// access to an HIR block found in S proves a shorter distance than that block's, and swaps them.
///
/// Source: Jiang and Zhang, "LIRS: an efficient low inter-reference recency set replacement
/// policy", SIGMETRICS 2002, section 3. O(1) an access, amortised; 17 bytes a slot. Deviations, as
/// in libCacheSim: S holds `stack` capacities at most, then forgets the block longest gone; a
/// missed block becomes LIR wherever LIR blocks leave room, not only at first; and a hit on a block
/// in Q alone moves the oldest LIR blocks to Q where their share has no room for it, though it
/// stays HIR (not so with `variant=paper`). Where nothing in Q may leave, the oldest LIR block that
/// may does.
class Lirs {
 public:
  static constexpr std::string_view kName = "lirs";
  static constexpr std::string_view kDoc =
      "Keeps blocks of low inter-reference recency, and lets the others pass through a short queue "
      "(Jiang and Zhang, SIGMETRICS 2002, section 3).";
  enum class Variant : std::uint8_t { kLibcachesim, kPaper };
  struct Config {
    double hir = 0.01;
    double stack = 2;
    Variant variant = Variant::kLibcachesim;
    static auto fields() {
      return std::tuple(
          field("hir", &Config::hir, 0, 1, "share of the capacity for Q, one unit at least"),
          field("stack", &Config::stack, 1, 1000, "limit of S, in capacities"),
          field("variant", &Config::variant, {"libcachesim", "paper"},
                "whether a hit on a block in Q alone moves LIR blocks out of a full share"));
    }
  };

  Lirs(const Config& config, const PolicyContext& context)
      : lir_limit_(context.capacity -
                   std::min(context.capacity,
                            std::max<std::uint64_t>(1, share_of(context.capacity, config.hir)))),
        stack_limit_(share_of(context.capacity, config.stack)),
        paper_(config.variant == Variant::kPaper),
        stack_(context.slots, 1),
        queues_(context, 2) {}

  void on_hit(const Access& a) {
    const Slot s = a.slot;
    if (queues_.mark(s) != kInStack) {
      stack_.push_front(0, s, queues_.weight_of(s));
      queues_.move(s, kQ, kInStack);
      if (!paper_) demote_until_room_for(queues_.weight_of(s));
    } else {
      stack_.move_to_front(0, s);
      if (!is_lir(s)) {
        queues_.remove(s, kInStack);
        become_lir(s);
      }
    }
    tidy_stack();
  }
  /// A block in S that is not resident rises to its top at once, so that room made for it does not
  /// prune it.
  void on_miss(const Access& a) {
    if (queues_.of(a.slot) != kGone) return;
    stack_.move_to_front(0, a.slot);
    queues_.move(a.slot, kGone, kInStack);
  }
  void on_insert(const Access& a) {
    const Slot s = a.slot;
    if (queues_.of(s) == kGone) {
      queues_.remove(s, kInStack);
      become_lir(s);
    } else {
      stack_.push_front(0, s, queues_.weight_of(s));
      if (lir_weight_ + queues_.weight_of(s) <= lir_limit_) {
        queues_.set_mark(s, kInStack);
        become_lir(s);
      } else {
        queues_.push(kQ, s, kInStack);
      }
    }
    tidy_stack();
  }
  void on_remove(Slot s) {
    if (is_lir(s)) {
      lir_weight_ -= queues_.weight_of(s);
      forget(s);
      prune();
    } else if (queues_.mark(s) == kInStack) {
      queues_.move(s, kGone, kInStack);
    } else {
      queues_.remove(s);
    }
  }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) const {
    const Slot s = queues_.oldest_evictable(kQ, evictable);
    if (s != kNoSlot) return s;
    return stack_.last_evictable(0, [&](Slot x) { return is_lir(x) && evictable(x); });
  }

  void prefetch(const Access& a) const {
    stack_.prefetch(a.slot);
    queues_.prefetch(a.slot);
  }
  std::size_t memory_bytes() const { return stack_.memory_bytes() + queues_.memory_bytes(); }
  void check_invariants() const {
    stack_.check_invariants();
    queues_.check_invariants();
    const Slot last = stack_.back(0);
    if (last != kNoSlot && !is_lir(last)) throw std::logic_error("S is not pruned");
    std::uint64_t lir = 0, in_stack = 0;
    for (Slot s = last; s != kNoSlot; s = stack_.towards_front(s), ++in_stack) {
      if (queues_.mark(s) != kInStack) throw std::logic_error("a block in S is not marked so");
      if (is_lir(s)) lir += queues_.weight_of(s);
    }
    if (lir != lir_weight_) throw std::logic_error("the weight of LIR blocks is wrong");
    if (lir > lir_limit_) throw std::logic_error("LIR blocks exceed their share");
    for (Slot s = queues_.oldest(kGone); s != kNoSlot; s = queues_.younger(s)) {
      if (queues_.mark(s) != kInStack) throw std::logic_error("a block gone is not in S");
    }
  }

 private:
  enum : QueueSet::Queue { kQ = 1, kGone };    // resident HIR; in S, not resident: the longest last
  static constexpr std::uint8_t kInStack = 1;  // a slot's mark

  /// Resident and in no queue, thus in S only.
  bool is_lir(Slot s) const {
    return queues_.of(s) == QueueSet::kNowhere && queues_.mark(s) == kInStack;
  }
  /// Counts `s`, at the top of S and already in no queue.
  void become_lir(Slot s) {
    lir_weight_ += queues_.weight_of(s);
    demote_until_room_for(0);
  }
  /// The oldest LIR blocks go to the end of Q while those left and `incoming` exceed their share.
  void demote_until_room_for(std::uint64_t incoming) {
    while (lir_weight_ != 0 && lir_weight_ + incoming > lir_limit_) {
      prune();
      const Slot s = stack_.back(0);
      lir_weight_ -= queues_.weight_of(s);
      forget(s);
      queues_.push(kQ, s);
    }
  }
  /// Takes what lies below the oldest LIR block out of S.
  void prune() {
    for (Slot s = stack_.back(0); s != kNoSlot && !is_lir(s); s = stack_.back(0)) forget(s);
  }
  /// Prunes S, and keeps it within its limit.
  void tidy_stack() {
    prune();
    while (stack_.weight(0) > stack_limit_ && !queues_.empty(kGone)) forget(queues_.oldest(kGone));
  }
  /// Takes `s` out of S, and so out of memory unless it is in Q.
  void forget(Slot s) {
    stack_.remove(0, s, queues_.weight_of(s));
    if (queues_.of(s) == kGone) queues_.remove(s);
    queues_.set_mark(s, 0);
  }

  std::uint64_t lir_limit_;
  std::uint64_t stack_limit_;
  bool paper_;
  SlotLists stack_;  ///< S
  QueueSet queues_;  ///< Q, and what S keeps of blocks gone
  std::uint64_t lir_weight_ = 0;
};

static_assert(EvictionPolicy<Lirs>);

}  // namespace kvsim
