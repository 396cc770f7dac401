#pragma once

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// Most recently used: what was accessed last leaves first.
class Mru : public Twin {
 public:
  using Twin::Twin;

 private:
  void hit(const Request& x) override { queue_.move_to_front(x.id); }
  bool evict(const Request&) override {
    const Id newest = queue_.front();
    queue_.remove(newest);
    leave(newest);
    return true;
  }
  void insert(const Request& x) override { queue_.push_front(x.id, x.weight); }

  Queue queue_;
};

}  // namespace kvsim::twins
