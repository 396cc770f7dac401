#pragma once

#include <cstddef>
#include <vector>

#include "tests/policies/twins/segments.hpp"

namespace kvsim::twins {

/// Segmented LRU with equal segments; the paper's lowest one takes every new block and has no
/// limit.
class Slru : public Twin {
 public:
  explicit Slru(std::uint64_t capacity, std::size_t segments = 4, bool paper = false)
      : Twin(capacity),
        segments_(limits(capacity, segments, paper), [this](Id id) { leave(id); }) {}

 private:
  static std::vector<std::uint64_t> limits(std::uint64_t capacity, std::size_t segments,
                                           bool paper) {
    std::vector<std::uint64_t> limits(segments, capacity / segments);
    if (paper) limits[0] = 1'000'000'000'000'000'000;
    return limits;
  }

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
