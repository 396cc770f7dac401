#pragma once

#include <map>
#include <set>

#include "tests/policies/twins/row.hpp"

namespace kvsim::twins {

/// Belady's choice weighed by size: a block that is never accessed again leaves first, any of
/// several; else, of a sample of the others drawn with replacement, the one with the largest
/// distance to its next access times its size, the first of several drawn. With bypass, what is
/// never accessed again is not inserted.
class BeladySize : public Twin {
 public:
  BeladySize(std::uint64_t capacity, std::size_t samples, bool bypass, Rng& rng)
      : Twin(capacity), samples_(samples), bypass_(bypass), rng_(rng) {}

 private:
  struct Entry {
    std::uint32_t next = kNeverAgain, size = 1;
  };

  // Each access sorts the block anew: to the end of the row, or among the dead.
  void hit(const Request& x) override {
    row_.remove(x.id);
    insert(x);
  }
  bool admit(const Request& x) override { return !bypass_ || x.next != kNeverAgain; }
  bool evict(const Request&) override {
    if (!dead_.empty()) {
      leave(*dead_.begin());
      dead_.erase(dead_.begin());
      return true;
    }
    const Id victim = row_.highest(samples_, rng_, [this](Id id) {
      const Entry& entry = entries_.at(id);
      return static_cast<double>(entry.next - now()) * entry.size;
    });
    row_.remove(victim);
    leave(victim);
    return true;
  }
  void insert(const Request& x) override {
    entries_[x.id] = {x.next, x.size};
    if (x.next == kNeverAgain) {
      dead_.insert(x.id);
    } else {
      row_.add(x.id);
    }
  }

  std::size_t samples_;
  bool bypass_;
  Rng& rng_;
  Row row_;  // those that are accessed again
  std::set<Id> dead_;
  std::map<Id, Entry> entries_;
};

}  // namespace kvsim::twins
