#pragma once

#include <map>
#include <utility>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// GreedyDual-Size-Frequency: priority = age + frequency · 10⁶ / size, the age being the last
/// victim's priority. What comes in may be its own victim.
class Gdsf : public Twin {
 public:
  using Twin::Twin;

 private:
  struct Entry {
    double frequency = 0, priority = 0;
    std::uint64_t last = 0;
  };

  double priority(double frequency, std::uint32_t size) const {
    return age_ + frequency * 1e6 / static_cast<double>(size);
  }
  void hit(const Request& x) override {
    Entry& entry = entries_.at(x.id);
    entry.frequency += 1;
    entry.priority = priority(entry.frequency, x.size);
    entry.last = now();
  }
  void bring_in(const Request& x) override {
    insert(x);
    settle(x);
    while (occupied() > capacity()) evict(x);
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
  void insert(const Request& x) override { entries_[x.id] = {1, priority(1, x.size), now()}; }

  std::map<Id, Entry> entries_;
  double age_ = 0;
};

}  // namespace kvsim::twins
