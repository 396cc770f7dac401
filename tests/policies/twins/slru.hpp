#pragma once

#include <cstddef>
#include <vector>

#include "tests/policies/twins/segments.hpp"

namespace kvsim::twins {

/// Segmented LRU with equal segments.
class Slru : public Twin {
 public:
  explicit Slru(std::uint64_t capacity, std::size_t segments = 4)
      : Twin(capacity),
        segments_(std::vector<std::uint64_t>(segments, capacity / segments),
                  [this](Id id) { leave(id); }) {}

 private:
  void hit(const Request& x) override { segments_.promote(x.id); }
  bool evict(const Request&) override {
    const Id victim = segments_.victim();
    segments_.remove(victim);
    leave(victim);
    return true;
  }
  void insert(const Request& x) override { segments_.insert(x.id, x.weight); }

  Segments segments_;
};

}  // namespace kvsim::twins
