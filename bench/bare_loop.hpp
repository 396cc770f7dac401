#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "sim/engine/stream.hpp"

namespace kvsim::bench {

/// The physical yardstick: a loop that streams a replay's accesses and increments one node of 16
/// bytes each. No replay can do with less, but by smaller nodes.
class BareLoop {
 public:
  explicit BareLoop(const AccessStream& stream) : stream_(stream), nodes_(stream.distinct) {}

  void run() {
    for (const Slot slot : stream_.slot.span()) ++nodes_[slot].touched;
    benchmark::ClobberMemory();
  }
  /// Accesses of all runs.
  std::uint64_t touched() const {
    std::uint64_t sum = 0;
    for (const Node& node : nodes_) sum += node.touched;
    return sum;
  }

 private:
  struct Node {
    std::uint64_t touched = 0;
    std::uint64_t other_field = 0;
  };
  static_assert(sizeof(Node) == 16);

  const AccessStream& stream_;
  std::vector<Node> nodes_;
};

}  // namespace kvsim::bench
