#pragma once

#include <map>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// Belady's MIN: the block whose next access is furthest leaves. With bypass, an incoming block
/// that is needed no sooner than every resident one is declined.
class Belady : public Twin {
 public:
  explicit Belady(std::uint64_t capacity, bool bypass = false) : Twin(capacity), bypass_(bypass) {}

  /// When `id`, resident or just evicted, is accessed next: blocks that are never accessed again
  /// are equally good victims.
  std::uint32_t next_of(Id id) const { return next_.at(id); }

 private:
  void hit(const Request& x) override { next_[x.id] = x.next; }
  void miss(const Request& x) override { next_[x.id] = x.next; }
  bool evict(const Request& x) override {
    Id furthest = residents().begin()->first;
    for (const auto& [id, weight] : residents()) {
      if (next_.at(id) > next_.at(furthest)) furthest = id;
    }
    if (bypass_ && x.next >= next_.at(furthest)) return false;
    leave(furthest);
    return true;
  }
  void insert(const Request&) override {}

  bool bypass_;
  std::map<Id, std::uint32_t> next_;
};

}  // namespace kvsim::twins
