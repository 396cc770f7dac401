#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include "policies/concept.hpp"
#include "policies/structures/share.hpp"
#include "policies/structures/slot_lists.hpp"

namespace kvsim {

/// LIRS: keeps the blocks whose last two accesses lie closest together (LIR) for nearly all of the
/// capacity, and lets the rest (HIR) pass through a short queue Q. The stack S orders by last
/// access whatever is no older than the oldest LIR block, blocks no longer resident included; an
/// access to an HIR block found in S proves a shorter distance than that block's, and swaps them.
///
/// Source: Jiang and Zhang, "LIRS: an efficient low inter-reference recency set replacement
/// policy", SIGMETRICS 2002, section 3. O(1) an access, amortised; 17 bytes a slot. Deviations: S
/// holds `stack` capacities at most, then forgets the block longest gone; a missed block becomes
/// LIR wherever LIR blocks leave room, not only at first; and a hit on a block in Q alone also
/// moves the oldest LIR blocks to Q where their share would not have held it, all as in
/// libCacheSim; `variant=paper` does not do the last.
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
        weights_(context.weights),
        stack_(context.slots, 1),
        queues_(context.slots, 2),
        states_(context.slots, State::kUnknown) {}

  void on_hit(const Access& a) {
    const Slot s = a.slot;
    switch (states_[s]) {
      case State::kLir:
        stack_.move_to_front(0, s);
        break;
      case State::kHirInStack:
        stack_.move_to_front(0, s);
        queues_.remove(kQ, s, weight(s));
        become_lir(s);
        break;
      default:  // in Q alone
        queues_.move_to_front(kQ, s);
        stack_.push_front(0, s, weight(s));
        states_[s] = State::kHirInStack;
        if (!paper_) demote_until_room_for(weight(s));
        break;
    }
    tidy_stack();
  }
  /// A block in S that is not resident rises to its top at once, so that room made for it does not
  /// prune it.
  void on_miss(const Access& a) {
    if (states_[a.slot] != State::kGone) return;
    stack_.move_to_front(0, a.slot);
    queues_.move_to_front(kGoneQueue, a.slot);
  }
  void on_insert(const Access& a) {
    const Slot s = a.slot;
    if (states_[s] == State::kGone) {
      queues_.remove(kGoneQueue, s, weight(s));
      become_lir(s);
    } else {
      stack_.push_front(0, s, weight(s));
      if (lir_weight_ + weight(s) <= lir_limit_) {
        become_lir(s);
      } else {
        queues_.push_front(kQ, s, weight(s));
        states_[s] = State::kHirInStack;
      }
    }
    tidy_stack();
  }
  void on_remove(Slot s) {
    switch (states_[s]) {
      case State::kLir:
        stack_.remove(0, s, weight(s));
        states_[s] = State::kUnknown;
        lir_weight_ -= weight(s);
        prune();
        break;
      case State::kHirInStack:
        queues_.remove(kQ, s, weight(s));
        queues_.push_front(kGoneQueue, s, weight(s));
        states_[s] = State::kGone;
        break;
      default:
        queues_.remove(kQ, s, weight(s));
        states_[s] = State::kUnknown;
        break;
    }
  }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) const {
    Slot s = queues_.last_evictable(kQ, evictable);
    if (s != kNoSlot) return s;
    const auto leaves = [&](Slot x) { return states_[x] == State::kLir && evictable(x); };
    return stack_.last_evictable(0, leaves);
  }

  std::size_t memory_bytes() const {
    return stack_.memory_bytes() + queues_.memory_bytes() + states_.capacity();
  }
  void check_invariants() const;

 private:
  enum class State : std::uint8_t { kUnknown, kLir, kHirInStack, kHir, kGone };
  static constexpr std::uint32_t kQ = 0;
  static constexpr std::uint32_t kGoneQueue = 1;  ///< in S, not resident; the longest gone last

  std::uint64_t weight(Slot s) const { return weights_ == nullptr ? 1 : weights_[s]; }

  /// `s`, at the top of S, in neither queue.
  void become_lir(Slot s) {
    states_[s] = State::kLir;
    lir_weight_ += weight(s);
    demote_until_room_for(0);
  }
  /// The oldest LIR blocks go to the end of Q while those left and `incoming` exceed their share.
  void demote_until_room_for(std::uint64_t incoming) {
    while (lir_weight_ != 0 && lir_weight_ + incoming > lir_limit_) {
      prune();
      const Slot s = stack_.back(0);
      stack_.remove(0, s, weight(s));
      queues_.push_front(kQ, s, weight(s));
      states_[s] = State::kHir;
      lir_weight_ -= weight(s);
    }
  }
  /// Takes what lies below the oldest LIR block out of S.
  void prune() {
    for (Slot s = stack_.back(0); s != kNoSlot && states_[s] != State::kLir; s = stack_.back(0)) {
      forget(s);
    }
  }
  /// Prunes S, and keeps it within its limit.
  void tidy_stack() {
    prune();
    while (stack_.weight(0) > stack_limit_ && !queues_.empty(kGoneQueue)) {
      forget(queues_.back(kGoneQueue));
    }
  }
  /// Takes `s`, in S and not LIR, out of S.
  void forget(Slot s) {
    stack_.remove(0, s, weight(s));
    if (states_[s] == State::kGone) {
      queues_.remove(kGoneQueue, s, weight(s));
      states_[s] = State::kUnknown;
    } else {
      states_[s] = State::kHir;
    }
  }

  std::uint64_t lir_limit_;
  std::uint64_t stack_limit_;
  bool paper_;
  const std::uint32_t* weights_;
  SlotLists stack_;
  SlotLists queues_;
  std::vector<State> states_;
  std::uint64_t lir_weight_ = 0;
};

inline void Lirs::check_invariants() const {
  stack_.check_invariants();
  queues_.check_invariants();
  std::uint64_t lir = 0;
  std::size_t in_stack = 0, in_q = 0, gone = 0;
  for (Slot s = 0; s < states_.size(); ++s) {
    lir += states_[s] == State::kLir ? weight(s) : 0;
    in_stack += states_[s] != State::kUnknown && states_[s] != State::kHir;
    in_q += states_[s] == State::kHirInStack || states_[s] == State::kHir;
    gone += states_[s] == State::kGone;
  }
  if (lir != lir_weight_) throw std::logic_error("the weight of LIR blocks is wrong");
  if (lir > lir_limit_) throw std::logic_error("LIR blocks exceed their share");
  if (in_stack != stack_.count(0) || in_q != queues_.count(kQ) ||
      gone != queues_.count(kGoneQueue)) {
    throw std::logic_error("states and lists disagree");
  }
  const Slot last = stack_.back(0);
  if (last != kNoSlot && states_[last] != State::kLir) throw std::logic_error("S is not pruned");
}

static_assert(EvictionPolicy<Lirs>);

}  // namespace kvsim
