#pragma once

#include <map>
#include <utility>
#include <vector>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// LRU-K: the oldest K-th last access leaves, blocks with fewer accesses before all others, among
/// them the least recently used. Histories outlast the block, for `retention` accesses if not 0.
class LruK : public Twin {
 public:
  LruK(std::uint64_t capacity, std::size_t k, std::uint64_t retention)
      : Twin(capacity), k_(k), retention_(retention) {}

 private:
  void hit(const Request& x) override { accesses_[x.id].push_back(now()); }
  void miss(const Request& x) override {
    std::vector<std::uint64_t>& past = accesses_[x.id];
    if (retention_ != 0 && !past.empty() && now() - past.back() > retention_) past.clear();
    past.push_back(now());
  }
  // Whether there is a K-th last access, when it was, and when the last was.
  std::pair<std::pair<bool, std::uint64_t>, std::uint64_t> rank(Id id) const {
    const std::vector<std::uint64_t>& past = accesses_.at(id);
    if (past.size() < k_) return {{false, 0}, past.back()};
    return {{true, past[past.size() - k_]}, past.back()};
  }
  bool evict(const Request&) override {
    Id least = residents().begin()->first;
    for (const auto& [id, weight] : residents()) {
      if (rank(id) < rank(least)) least = id;
    }
    leave(least);
    return true;
  }
  void insert(const Request&) override {}

  std::size_t k_;
  std::uint64_t retention_;
  std::map<Id, std::vector<std::uint64_t>> accesses_;
};

}  // namespace kvsim::twins
