#pragma once

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// First in, first out.
class Fifo : public Twin {
 public:
  using Twin::Twin;

 private:
  void hit(const Request&) override {}
  bool evict(const Request&) override {
    const Id oldest = queue_.back();
    queue_.remove(oldest);
    leave(oldest);
    return true;
  }
  void insert(const Request& x) override { queue_.push_front(x.id, x.weight); }

  Queue queue_;
};

}  // namespace kvsim::twins
