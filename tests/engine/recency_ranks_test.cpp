#include "sim/engine/recency_ranks.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <list>
#include <numeric>
#include <utility>

namespace kvsim {
namespace {

RC_GTEST_PROP(PrefixSums, SumsWhatStandsBefore, ()) {
  const std::size_t count = *rc::gen::inRange<std::size_t>(1, 6000);
  std::vector<std::uint64_t> numbers(count, 0);
  PrefixSums<std::uint64_t> sums(count);
  for (int step = 0; step < 100; ++step) {
    const std::size_t i = *rc::gen::inRange<std::size_t>(0, count);
    const std::uint64_t by = *rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 40);
    numbers[i] += by;
    sums.add(i, by);
    const std::size_t at = *rc::gen::inRange<std::size_t>(0, count);
    RC_ASSERT(sums.before(at) == std::accumulate(numbers.begin(), numbers.begin() + at, 0ULL));
  }
}

// The stack as a list, the most recently used first.
class NaiveStack {
 public:
  std::uint64_t used_since(Slot s) const {
    std::uint64_t sum = 0;
    for (const auto& [slot, weight] : stack_) {
      if (slot == s) return sum;
      sum += weight;
    }
    return ~std::uint64_t{0};
  }
  void forget(Slot s) {
    stack_.remove_if([s](const auto& entry) { return entry.first == s; });
  }
  void use(Slot s, std::uint64_t weight) {
    forget(s);
    stack_.emplace_front(s, weight);
  }

 private:
  std::list<std::pair<Slot, std::uint64_t>> stack_;
};

// Enough uses that times are compacted often.
template <class Stack>
void follows_the_list(bool weigh) {
  const auto slots = *rc::gen::inRange<std::uint32_t>(1, 60);
  Stack stack(slots);
  NaiveStack naive;
  const auto uses = *rc::gen::container<std::vector<std::pair<std::uint32_t, std::uint32_t>>>(
      1500, rc::gen::pair(rc::gen::inRange<std::uint32_t>(0, slots),
                          rc::gen::arbitrary<std::uint32_t>()));
  for (const auto& [slot, number] : uses) {
    const auto since = stack.used_since(slot);
    const std::uint64_t expected = naive.used_since(slot);
    RC_ASSERT(since == static_cast<typename Stack::Sum>(expected));
    if (number % 16 == 0) {
      stack.forget(slot);
      naive.forget(slot);
    } else {
      const std::uint32_t weight = weigh ? number : 1;
      stack.use(slot, weight);
      naive.use(slot, weight);
    }
  }
}

RC_GTEST_PROP(RecencyRanks, CountsAsAList, ()) { follows_the_list<RecencyRanks>(false); }
RC_GTEST_PROP(RecencyBytes, SumsAsAList, ()) { follows_the_list<RecencyBytes>(true); }

}  // namespace
}  // namespace kvsim
