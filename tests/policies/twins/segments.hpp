#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "tests/policies/twins/twin.hpp"

namespace kvsim::twins {

/// The segments of a segmented LRU, lowest first, each with what it may hold; they serve SLRU alone
/// and as W-TinyLFU's main part. `left` hears of each block that cooling pushes out.
class Segments {
 public:
  Segments(std::vector<std::uint64_t> limits, std::function<void(Id)> left)
      : limits_(std::move(limits)), queues_(limits_.size()), left_(std::move(left)) {}

  bool contains(Id id) const {
    for (const Queue& queue : queues_) {
      if (queue.contains(id)) return true;
    }
    return false;
  }
  std::uint64_t weight() const {
    std::uint64_t sum = 0;
    for (const Queue& queue : queues_) sum += queue.weight();
    return sum;
  }
  bool empty() const { return weight() == 0; }

  /// The tail of the lowest segment that holds anything.
  Id victim() const {
    for (const Queue& queue : queues_) {
      if (!queue.empty()) return queue.back();
    }
    throw std::logic_error("twin: empty segments have no victim");
  }
  void remove(Id id) {
    for (Queue& queue : queues_) {
      if (queue.contains(id)) queue.remove(id);
    }
  }

  /// Into the lowest segment with room, or else into the lowest.
  void insert(Id id, std::uint32_t weight) {
    for (std::size_t s = 0; s < queues_.size(); ++s) {
      if (queues_[s].weight() + weight <= limits_[s]) {
        queues_[s].push_front(id, weight);
        return;
      }
    }
    queues_[0].push_front(id, weight);
  }

  /// A hit moves the block up by one segment.
  void promote(Id id) {
    std::size_t s = 0;
    while (!queues_[s].contains(id)) ++s;
    if (s + 1 == queues_.size()) {
      queues_[s].move_to_front(id);
      return;
    }
    const std::uint32_t weight = queues_[s].remove(id);
    queues_[s + 1].push_front(id, weight);
    while (queues_[s + 1].weight() > limits_[s + 1]) cool(s + 1);
  }

 private:
  // The tail of segment `s` goes down by one.
  void cool(std::size_t s) {
    const Id tail = queues_[s].back();
    const std::uint32_t weight = queues_[s].remove(tail);
    Queue& below = queues_[s - 1];
    if (s == 1) {
      while (!below.empty() && below.weight() + weight > limits_[0]) {
        const Id out = below.back();
        below.remove(out);
        left_(out);
      }
      below.push_front(tail, weight);
    } else {
      below.push_front(tail, weight);
      while (below.weight() > limits_[s - 1]) cool(s - 1);
    }
  }

  std::vector<std::uint64_t> limits_;
  std::vector<Queue> queues_;
  std::function<void(Id)> left_;
};

}  // namespace kvsim::twins
