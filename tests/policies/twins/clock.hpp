#pragma once

#include <algorithm>
#include <map>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// CLOCK as a queue: a tail with a count left pays one and starts over at the head. The count
/// begins at `initial`, and a hit adds one up to `max_count` (1: the classic bit).
class Clock : public Twin {
 public:
  explicit Clock(std::uint64_t capacity, int max_count = 1, int initial = 0)
      : Twin(capacity), max_count_(max_count), initial_(std::min(initial, max_count)) {}

 private:
  void hit(const Request& x) override { count_[x.id] = std::min(count_[x.id] + 1, max_count_); }
  bool evict(const Request&) override {
    while (count_.at(queue_.back()) > 0) {
      --count_[queue_.back()];
      queue_.move_to_front(queue_.back());
    }
    const Id victim = queue_.back();
    queue_.remove(victim);
    count_.erase(victim);
    leave(victim);
    return true;
  }
  void insert(const Request& x) override {
    queue_.push_front(x.id, x.weight);
    count_[x.id] = initial_;
  }

  int max_count_, initial_;
  Queue queue_;
  std::map<Id, int> count_;
};

}  // namespace kvsim::twins
