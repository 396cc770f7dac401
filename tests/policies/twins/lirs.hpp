#pragma once

#include <algorithm>
#include <iterator>
#include <set>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// LIRS: a stack S by recency of LIR blocks, HIR blocks and non-resident HIR blocks, whose bottom
/// is LIR, and a queue Q of the resident HIR blocks, of which the first leaves.
class Lirs : public Twin {
 public:
  struct Parameters {
    std::uint64_t hir_units = 1;
    std::uint64_t stack_units = 2;
    bool paper = false;  ///< a hit in Q alone demotes nothing
  };
  Lirs(std::uint64_t capacity, const Parameters& parameters)
      : Twin(capacity),
        parameters_(parameters),
        lir_units_(capacity - std::min(parameters.hir_units, capacity)) {}
  explicit Lirs(std::uint64_t capacity)
      : Lirs(capacity,
             Parameters{std::max<std::uint64_t>(1, capacity / 100), 2 * capacity, false}) {}

 private:
  void hit(const Request& x) override {
    if (lir_.contains(x.id)) {
      stack_.move_to_front(x.id);
      prune();
    } else if (stack_.contains(x.id)) {
      queue_.remove(x.id);
      to_top(x);
      become_lir(x);
      demote_for(0);
    } else {
      to_top(x);
      queue_.remove(x.id);
      queue_.push_back(x.id, x.weight);
      if (!parameters_.paper) demote_for(x.weight);
    }
    limit();
  }

  // A remembered block rises at once, so that making room for it does not prune it.
  void miss(const Request& x) override {
    if (stack_.contains(x.id)) to_top(x);
  }

  bool evict(const Request&) override {
    if (queue_.empty()) demote_bottom();
    const Id first = queue_.front();
    queue_.remove(first);
    leave(first);
    return true;
  }

  void insert(const Request& x) override {
    if (stack_.contains(x.id)) {
      to_top(x);
      become_lir(x);
      demote_for(0);
    } else if (lir_weight_ + x.weight <= lir_units_) {
      to_top(x);
      become_lir(x);
    } else {
      to_top(x);
      queue_.push_back(x.id, x.weight);
    }
    limit();
  }

  void to_top(const Request& x) {
    if (stack_.contains(x.id)) stack_.remove(x.id);
    stack_.push_front(x.id, x.weight);
  }
  void become_lir(const Request& x) {
    lir_.insert(x.id);
    lir_weight_ += x.weight;
    prune();
  }
  // A block larger than the LIR share goes to Q itself in the end.
  void demote_for(std::uint32_t weight) {
    while (!lir_.empty() && lir_weight_ + weight > lir_units_) demote_bottom();
  }
  void demote_bottom() {
    prune();
    const Id bottom = stack_.back();
    const std::uint32_t weight = stack_.remove(bottom);
    lir_.erase(bottom);
    lir_weight_ -= weight;
    queue_.push_back(bottom, weight);
    prune();
  }
  void prune() {
    while (!stack_.empty() && !lir_.contains(stack_.back())) stack_.remove(stack_.back());
  }
  // What ends every access: with no LIR block left, S is empty.
  void limit() {
    prune();
    while (stack_.weight() > parameters_.stack_units) {
      auto lowest = std::find_if(stack_.ids().rbegin(), stack_.ids().rend(), [this](Id id) {
        return !lir_.contains(id) && !queue_.contains(id);
      });
      if (lowest == stack_.ids().rend()) return;
      stack_.remove(*lowest);
    }
  }

  Parameters parameters_;
  std::uint64_t lir_units_;
  Queue stack_;  // the front is the top
  Queue queue_;  // pushed at the back, left from the front
  std::set<Id> lir_;
  std::uint64_t lir_weight_ = 0;
};

}  // namespace kvsim::twins
