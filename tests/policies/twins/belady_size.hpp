#pragma once

#include <limits>
#include <map>

#include "tests/policies/twins/row.hpp"

namespace kvsim::twins {

/// Belady's choice weighed by size: of a sample drawn with replacement, the block with the largest
/// distance to its next access times its size leaves, the first of several drawn. With bypass, what
/// is never accessed again is not inserted.
class BeladySize : public Twin {
 public:
  BeladySize(std::uint64_t capacity, std::size_t samples, bool bypass, Rng& rng)
      : Twin(capacity), samples_(samples), bypass_(bypass), rng_(rng) {}

 private:
  struct Entry {
    std::uint32_t next = kNeverAgain, size = 1;
  };

  void hit(const Request& x) override { entries_[x.id] = {x.next, x.size}; }
  bool admit(const Request& x) override { return !bypass_ || x.next != kNeverAgain; }
  bool evict(const Request&) override {
    const Id victim = row_.highest(samples_, rng_, [this](Id id) {
      const Entry& entry = entries_.at(id);
      if (entry.next == kNeverAgain) return std::numeric_limits<double>::infinity();
      return static_cast<double>(entry.next - now()) * entry.size;
    });
    row_.remove(victim);
    leave(victim);
    return true;
  }
  void insert(const Request& x) override {
    row_.add(x.id);
    entries_[x.id] = {x.next, x.size};
  }

  std::size_t samples_;
  bool bypass_;
  Rng& rng_;
  Row row_;
  std::map<Id, Entry> entries_;
};

}  // namespace kvsim::twins
