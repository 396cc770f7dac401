#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// LFU with dynamic ageing as its paper has it: priority = age at the last access + frequency, and
/// the age is the last victim's priority.
class Lfuda : public Twin {
 public:
  using Twin::Twin;

 private:
  struct Entry {
    std::uint64_t frequency = 0, priority = 0, last = 0;
  };

  void hit(const Request& x) override {
    Entry& entry = entries_.at(x.id);
    ++entry.frequency;
    entry.priority = age_ + entry.frequency;
    entry.last = now();
  }
  bool evict(const Request&) override {
    auto least = entries_.begin();
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (std::pair(it->second.priority, it->second.last) <
          std::pair(least->second.priority, least->second.last)) {
        least = it;
      }
    }
    age_ = least->second.priority;
    leave(least->first);
    entries_.erase(least);
    return true;
  }
  void insert(const Request& x) override { entries_[x.id] = {1, age_ + 1, now()}; }

  std::map<Id, Entry> entries_;
  std::uint64_t age_ = 0;
};

/// The libCacheSim reading: the age is the lowest priority left after the last eviction, and a hit
/// adds the age instead of one.
class LfudaLibCacheSim : public Twin {
 public:
  using Twin::Twin;

 private:
  using Rank = std::pair<std::uint64_t, std::uint64_t>;  // priority, last access

  std::map<Id, Rank>::iterator least() {
    auto found = rank_.begin();
    for (auto it = rank_.begin(); it != rank_.end(); ++it) {
      if (it->second < found->second) found = it;
    }
    return found;
  }
  // The age can double at every hit, until it stays at the largest number.
  static std::uint64_t sum(std::uint64_t a, std::uint64_t b) { return a + b < a ? ~0ull : a + b; }
  void hit(const Request& x) override { rank_[x.id] = {sum(rank_.at(x.id).first, age_), now()}; }
  bool evict(const Request&) override {
    const auto victim = least();
    age_ = victim->second.first;  // where nothing is left, the victim's own
    leave(victim->first);
    rank_.erase(victim);
    if (!rank_.empty()) age_ = least()->second.first;
    return true;
  }
  void insert(const Request& x) override { rank_[x.id] = {sum(age_, 1), now()}; }

  std::map<Id, Rank> rank_;
  std::uint64_t age_ = 0;
};

}  // namespace kvsim::twins
