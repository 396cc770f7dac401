#pragma once

#include <map>

#include "tests/policies/twins/row.hpp"

namespace kvsim::twins {

/// Hyperbolic caching: of a sample drawn with replacement, the block with the fewest accesses for
/// its time in the cache leaves, the first of several drawn; if `size_aware`, its worth is divided
/// by its size.
class Hyperbolic : public Twin {
 public:
  Hyperbolic(std::uint64_t capacity, std::size_t samples, bool size_aware, Rng& rng)
      : Twin(capacity), samples_(samples), size_aware_(size_aware), rng_(rng) {}

 private:
  struct Entry {
    double accesses = 0;
    std::uint64_t inserted = 0;
    std::uint32_t size = 1;
  };

  void hit(const Request& x) override { entries_.at(x.id).accesses += 1; }
  bool evict(const Request&) override {
    const Id worst = row_.highest(samples_, rng_, [this](Id id) {
      const Entry& entry = entries_.at(id);
      double held = static_cast<double>(now() - entry.inserted);
      if (size_aware_) held *= entry.size;
      return -entry.accesses / held;
    });
    row_.remove(worst);
    entries_.erase(worst);
    leave(worst);
    return true;
  }
  void insert(const Request& x) override {
    row_.add(x.id);
    entries_[x.id] = {1, now(), x.size};
  }

  std::size_t samples_;
  bool size_aware_;
  Rng& rng_;
  Row row_;
  std::map<Id, Entry> entries_;
};

}  // namespace kvsim::twins
