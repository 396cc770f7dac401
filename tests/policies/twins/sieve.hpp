#pragma once

#include <list>
#include <map>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// SIEVE: a hand walks from the tail to the head, clears visited bits and evicts where there is
/// none; survivors stay where they are.
class Sieve : public Twin {
 public:
  using Twin::Twin;

 private:
  void hit(const Request& x) override { visited_[x.id] = true; }
  bool evict(const Request&) override {
    // The list begins with the oldest, so that the hand goes forward; at the end it starts over,
    // and what comes in meanwhile goes before the end.
    if (hand_ == order_.end()) hand_ = order_.begin();
    while (visited_.at(*hand_)) {
      visited_[*hand_] = false;
      ++hand_;
      if (hand_ == order_.end()) hand_ = order_.begin();
    }
    const Id victim = *hand_;
    hand_ = order_.erase(hand_);
    visited_.erase(victim);
    leave(victim);
    return true;
  }
  void insert(const Request& x) override {
    order_.push_back(x.id);
    visited_[x.id] = false;
  }

  std::list<Id> order_;
  std::list<Id>::iterator hand_ = order_.end();
  std::map<Id, bool> visited_;
};

}  // namespace kvsim::twins
