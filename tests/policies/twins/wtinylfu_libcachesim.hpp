#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "tests/policies/twins/segments.hpp"
#include "tests/policies/twins/xxh64.hpp"

namespace kvsim::twins {

/// W-TinyLFU as libCacheSim reads it: an LRU window of a hundredth, a main part of two segments,
/// and a plain counting sketch that decides which of their victims leaves.
class WTinyLfuLibCacheSim : public Twin {
 public:
  explicit WTinyLfuLibCacheSim(std::uint64_t capacity)
      : Twin(capacity),
        window_units_(capacity / 100),
        main_units_(capacity - capacity / 100),
        main_({main_units_ / 5, main_units_ * 4 / 5}, [this](Id id) { leave(id); }),
        counters_(static_cast<std::size_t>(
                      std::ceil(14.37758756605116 * static_cast<double>(main_units_))),
                  0) {}

 private:
  std::vector<std::size_t> indices(Id id) const {
    const auto a = static_cast<std::uint32_t>(xxh64(id, 0x12345678));
    const auto b = static_cast<std::uint32_t>(xxh64(id, 0x12344321));
    std::vector<std::size_t> found;
    for (std::uint32_t i = 0; i < 10; ++i) found.push_back((a + i * b) % counters_.size());
    return found;
  }
  void count(Id id) {
    for (const std::size_t index : indices(id)) ++counters_[index];
  }
  std::uint32_t estimate(Id id) const {
    std::uint32_t least = 0xffffffffu;
    for (const std::size_t index : indices(id)) least = std::min(least, counters_[index]);
    return least;
  }

  void hit(const Request& x) override {
    if (window_.contains(x.id)) {
      window_.move_to_front(x.id);
      return;
    }
    main_.promote(x.id);
    count(x.id);
    if (++main_hits_ >= 32 * main_units_) {
      for (std::uint32_t& counter : counters_) counter /= 2;
      main_hits_ = 0;
    }
  }
  bool admit(const Request& x) override { return x.weight <= window_units_; }

  bool evict(const Request&) override {
    while (!window_.empty()) {
      const Id tail = window_.back();
      const std::uint32_t weight = window_.weight_of(tail);
      if (main_.weight() + weight <= main_units_) {
        window_.remove(tail);
        main_.insert(tail, weight);
        count(tail);
        continue;
      }
      const Id rival = main_.victim();
      window_.remove(tail);
      if (estimate(tail) > estimate(rival)) {
        main_.remove(rival);
        leave(rival);
        main_.insert(tail, weight);
      } else {
        leave(tail);
      }
      count(tail);
      return true;
    }
    const Id victim = main_.victim();
    main_.remove(victim);
    leave(victim);
    return true;
  }

  void insert(const Request& x) override {
    window_.push_front(x.id, x.weight);
    count(x.id);
  }

  std::uint64_t window_units_, main_units_;
  Queue window_;
  Segments main_;
  std::vector<std::uint32_t> counters_;
  std::uint64_t main_hits_ = 0;
};

}  // namespace kvsim::twins
