#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "sim/core/rng.hpp"
#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// LeCaR: each victim is LRU's or LFU's, by a draw between two weights; a miss on a remembered
/// victim raises the other's weight, by e to the learning rate times the discounted regret.
class LeCar : public Twin {
 public:
  struct Parameters {
    double learning_rate = 0.45;
    double discount = 0.005;          ///< left of a regret after `blocks` accesses
    double blocks = 1;                ///< that the cache holds
    std::uint64_t history_units = 0;  ///< of each history
    double floor = 0.01;
  };
  LeCar(std::uint64_t capacity, const Parameters& parameters, Rng& rng)
      : Twin(capacity), parameters_(parameters), rng_(rng) {}

 private:
  void hit(const Request& x) override {
    recency_.move_to_front(x.id);
    ++frequency_.at(x.id);
  }

  void miss(const Request& x) override {
    if (lru_history_.contains(x.id)) {
      lru_history_.remove(x.id);
      regret(x.id, lfu_weight_);
    } else if (lfu_history_.contains(x.id)) {
      lfu_history_.remove(x.id);
      regret(x.id, lru_weight_);
    }
  }

  // The weight of the policy that was right grows.
  void regret(Id id, double& right) {
    const auto since = static_cast<double>(now() - left_.at(id));
    right *= std::exp(parameters_.learning_rate *
                      std::pow(parameters_.discount, since / parameters_.blocks));
    const double share = lru_weight_ / (lru_weight_ + lfu_weight_);
    lru_weight_ = std::clamp(share, parameters_.floor, 1 - parameters_.floor);
    lfu_weight_ = 1 - lru_weight_;
  }

  bool evict(const Request&) override {
    const bool by_lru = rng_.uniform() < lru_weight_;
    Id victim = recency_.back();
    if (!by_lru) {
      // From the oldest, so that of equal frequencies the least recently used is found.
      for (auto it = recency_.ids().rbegin(); it != recency_.ids().rend(); ++it) {
        if (frequency_.at(*it) < frequency_.at(victim)) victim = *it;
      }
    }
    const std::uint32_t weight = recency_.remove(victim);
    frequency_.erase(victim);
    leave(victim);
    left_[victim] = now();
    Queue& history = by_lru ? lru_history_ : lfu_history_;
    if (weight <= parameters_.history_units) {
      while (history.weight() + weight > parameters_.history_units) history.remove(history.back());
      history.push_front(victim, weight);
    }
    return true;
  }

  void insert(const Request& x) override {
    recency_.push_front(x.id, x.weight);
    frequency_[x.id] = 1;
  }

  Parameters parameters_;
  Rng& rng_;
  Queue recency_, lru_history_, lfu_history_;
  std::map<Id, std::uint64_t> frequency_, left_;
  double lru_weight_ = 0.5, lfu_weight_ = 0.5;
};

}  // namespace kvsim::twins
