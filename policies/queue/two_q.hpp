#pragma once

#include <tuple>

#include "policies/concept.hpp"
#include "policies/structures/queue_set.hpp"
#include "sim/core/share.hpp"

namespace kvsim {

/// 2Q: new blocks wait in a FIFO (A1in), where hits, taken for one burst of use, do not count; what
/// leaves it is remembered (A1out), and only a block missed again while remembered enters the LRU
/// of the proven ones (Am).
///
/// Source: Johnson and Shasha, "2Q: a low overhead high performance buffer management replacement
/// algorithm", VLDB 1994, section 2.3 (full version). O(1) an access, 9 bytes a slot. Deviations:
/// a remembered block leaves A1out when it is missed, not after the eviction that makes room for
/// it, which in the paper may push one more out; where the queue whose turn it is has nothing to
/// evict, the other one is.
class TwoQ {
 public:
  static constexpr std::string_view kName = "2q";
  static constexpr std::string_view kDoc =
      "A FIFO for new blocks, ghosts of those that left it, and an LRU for blocks missed again in "
      "time (Johnson and Shasha, VLDB 1994, section 2.3).";
  struct Config {
    double in = 0.25;
    double out = 0.5;
    static auto fields() {
      return std::tuple(field("in", &Config::in, 0, 1, "share of the capacity for A1in"),
                        field("out", &Config::out, 0, 10, "share of the capacity for A1out"));
    }
  };

  TwoQ(const Config& config, const PolicyContext& context)
      : in_limit_(share_of(context.capacity, config.in)),
        out_limit_(share_of(context.capacity, config.out)),
        queues_(context, 3) {}

  void on_hit(const Access& a) {
    if (queues_.of(a.slot) == kMain) queues_.touch(a.slot);
  }
  void on_miss(const Access& a) {
    const bool ghost = queues_.of(a.slot) == kOut;
    if (ghost) queues_.remove(a.slot);
    queues_.set_mark(a.slot, ghost);
  }
  void on_insert(const Access& a) { queues_.push(queues_.mark(a.slot) != 0 ? kMain : kIn, a.slot); }
  void on_remove(Slot s) {
    if (queues_.of(s) == kIn) {
      queues_.move_to_ghosts(s, kOut, out_limit_);
    } else {
      queues_.remove(s);
    }
  }

  template <class Evictable>
  Slot victim(const Access&, const Evictable& evictable) const {
    const bool in_first = queues_.weight(kIn) > in_limit_;
    const Slot s = queues_.oldest_evictable(in_first ? kIn : kMain, evictable);
    return s != kNoSlot ? s : queues_.oldest_evictable(in_first ? kMain : kIn, evictable);
  }

  void prefetch(const Access& a) const { queues_.prefetch(a.slot); }
  std::size_t memory_bytes() const { return queues_.memory_bytes(); }
  void check_invariants() const {
    queues_.check_invariants();
    if (queues_.weight(kOut) > out_limit_) throw std::logic_error("too many ghosts");
  }

 private:
  enum : QueueSet::Queue { kIn = 1, kOut, kMain };

  std::uint64_t in_limit_;
  std::uint64_t out_limit_;
  QueueSet queues_;
};

static_assert(EvictionPolicy<TwoQ>);

}  // namespace kvsim
