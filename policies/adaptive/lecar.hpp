#pragma once

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "policies/concept.hpp"
#include "policies/structures/frequency_classes.hpp"
#include "policies/structures/queue_set.hpp"
#include "policies/structures/residents.hpp"
#include "sim/core/share.hpp"

namespace kvsim {

/// Learning cache replacement: every victim is LRU's or LFU's, drawn by two weights, and remembered
/// with whose it was. A miss on one of them is regretted: the other policy gains weight, the more
/// the sooner it comes.
///
/// Source: Vietri, Rodriguez, Martinez, Lyons, Liu, Rangaswami, Zhao and Narasimhan 2018, "Driving
/// cache replacement with ML-based LeCaR", algorithms 1 and 2. O(1) an access; 25 bytes a slot,
/// since both orders and a history are kept, and 8 for each block that the cache can hold.
/// Deviations: no weight falls below `floor`, as in the authors' code, for a weight of 0 could
/// never recover; frequencies restart at 1 when a block returns (the paper leaves it open).
class LeCar {
 public:
  static constexpr std::string_view kName = "lecar";
  static constexpr std::string_view kDoc =
      "Evicts by LRU or LFU, drawn by weights learnt from regretted evictions (Vietri et al. "
      "2018).";
  static constexpr PolicyTraits kTraits{.cost = 3};
  struct Config {
    double learning_rate = 0.45;
    double discount = 0.005;
    double history = 1;
    double floor = 0.01;
    static auto fields() {
      return std::tuple(
          field("learning_rate", &Config::learning_rate, 0, 100, "how much a regret counts"),
          field("discount", &Config::discount, 0, 1,
                "what is left of a regret after as many accesses as the cache holds blocks"),
          field("history", &Config::history, 0, 100,
                "size of each of the two histories, in shares of the capacity"),
          field("floor", &Config::floor, 1e-9, 0.5, "least weight of either policy"));
    }
  };

  LeCar(const Config& config, const PolicyContext& context)
      : config_(config),
        rng_(context.rng),
        history_size_(share_of(context.capacity, config.history)),
        discount_(std::pow(config.discount, 1.0 / static_cast<double>(typical_residents(context)))),
        queues_(context, 3),
        classes_(context.slots, most_residents(context)),
        evicted_(context.slots) {}

  void on_hit(const Access& a) {
    queues_.move(a.slot, kCached);
    classes_.promote(a.slot);
  }
  void on_miss(const Access& a) {
    const QueueSet::Queue history = queues_.of(a.slot);
    if (history == QueueSet::kNowhere) return;
    queues_.remove(a.slot);
    const double age = a.position - evicted_[a.slot];
    const double gain = std::exp(config_.learning_rate * std::pow(discount_, age));
    const double lru = history == kByLru ? lru_weight_ : lru_weight_ * gain;
    const double lfu = history == kByLru ? (1 - lru_weight_) * gain : 1 - lru_weight_;
    lru_weight_ = std::clamp(lru / (lru + lfu), config_.floor, 1 - config_.floor);
  }
  void on_insert(const Access& a) {
    if (queues_.of(a.slot) != QueueSet::kNowhere) queues_.remove(a.slot);  // never looked up
    queues_.push(kCached, a.slot);
    classes_.insert(a.slot);
  }
  void on_remove(Slot s) {
    classes_.remove(s);
    if (s == named_) {
      evicted_[s] = named_at_;
      queues_.move_to_ghosts(s, named_by_, history_size_);
      named_ = kNoSlot;
    } else {
      queues_.remove(s);
    }
  }

  template <class Evictable>
  Slot victim(const Access& incoming, const Evictable& evictable) {
    named_by_ = rng_->uniform() < lru_weight_ ? kByLru : kByLfu;
    named_at_ = incoming.position;
    return named_ = named_by_ == kByLru ? queues_.oldest_evictable(kCached, evictable)
                                        : classes_.rarest_evictable(evictable);
  }

  std::size_t memory_bytes() const {
    return queues_.memory_bytes() + classes_.memory_bytes() +
           evicted_.capacity() * sizeof(Position);
  }
  void check_invariants() const {
    queues_.check_invariants();
    classes_.check_invariants();
    if (std::max(queues_.weight(kByLru), queues_.weight(kByLfu)) > history_size_) {
      throw std::logic_error("a history is too long");
    }
    if (!(lru_weight_ >= config_.floor && lru_weight_ <= 1 - config_.floor)) {
      throw std::logic_error("a weight is out of range");
    }
  }

 private:
  // The cached blocks by last access, and those that left, by whose victims they were.
  static constexpr QueueSet::Queue kCached = 1, kByLru = 2, kByLfu = 3;

  Config config_;
  Rng* rng_;
  std::uint64_t history_size_;
  double discount_;  // of an access
  QueueSet queues_;
  FrequencyClasses classes_;
  std::vector<Position> evicted_;  // of a block in a history: when it left
  double lru_weight_ = 0.5;        // LFU's is the rest
  Slot named_ = kNoSlot;           // the victim chosen last, by whom and when
  QueueSet::Queue named_by_ = kByLru;
  Position named_at_ = 0;
};

static_assert(EvictionPolicy<LeCar>);

}  // namespace kvsim
