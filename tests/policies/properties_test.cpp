// What holds for every policy of the list, with each of its cases' Configs.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/policies/policy_case.hpp"
#include "tests/policies/workload.hpp"

namespace kvsim::policy_tests {
namespace {

class EveryPolicy : public ::testing::TestWithParam<PolicyCase> {
 protected:
  static WorkloadLimits limits(std::uint32_t accesses, int tests) {
    return {.unit_only = GetParam().traits.unit_only, .accesses = accesses, .tests = tests};
  }
};

[[noreturn]] void fail(Position position, const std::string& what) {
  throw std::runtime_error("access " + std::to_string(position) + ": " + what);
}

void expect_holds(const std::string& report) {
  if (!report.empty()) ADD_FAILURE() << report;
}

std::string shown(const std::vector<std::uint64_t>& ids) {
  std::ostringstream out;
  for (const std::uint64_t id : ids) out << ' ' << id;
  return ids.empty() ? " none" : out.str();
}

/// The replay of a workload through one cache.
struct Replayed {
  Replayed(const Workload& workload, const MakeCache& make)
      : columns(workload), rng(workload.seed), cache(make(columns.context(rng))) {}
  bool access(Position i) { return cache->access(columns.at(i)); }

  WorkloadColumns columns;
  Rng rng;
  std::unique_ptr<CacheUnderTest> cache;
};

TEST_P(EveryPolicy, EqualsItsTwinAccessByAccess) {
  const PolicyCase& test = GetParam();
  if (!test.traits.needs_twin) GTEST_SKIP() << "no twin of its own";
  ASSERT_TRUE(test.twin) << test.policy << " has no twin: write tests/policies/twins and cases";
  expect_holds(check_workloads(limits(1500, 300), [&](const Workload& w) {
    Replayed run(w, test.protocol);
    Rng rng(w.seed);
    const PolicyContext context = run.columns.context(rng);
    const auto twin = test.twin(context);
    std::vector<Position> next(w.slots, kNever);
    for (Position i = 0; i < w.accesses.size(); ++i) {
      const Access a = run.columns.at(i);
      const bool hit = run.access(i);
      const bool expected =
          twin->access(context.id(a.slot), context.weight(a.slot), a.next, context.size(a.slot));
      if (hit != expected) fail(i, hit ? "a hit, not of its twin" : "a miss, not of its twin");
      next[a.slot] = a.next;
      std::vector<std::uint64_t> evicted, expected_evicted = twin->evicted();
      if (test.traits.ties_open) {
        // Equal victims are those whose next accesses are.
        expected_evicted.clear();
        for (Slot s = 0; s < w.slots; ++s) {
          const auto& left = twin->evicted();
          if (std::count(left.begin(), left.end(), context.id(s)) > 0) {
            expected_evicted.push_back(next[s]);
          }
        }
        for (const Slot s : run.cache->evicted()) evicted.push_back(next[s]);
        // Dead blocks of different sizes may leave in different numbers.
        std::erase(evicted, kNever);
        std::erase(expected_evicted, kNever);
        std::sort(evicted.begin(), evicted.end());
        std::sort(expected_evicted.begin(), expected_evicted.end());
      } else {
        for (const Slot s : run.cache->evicted()) evicted.push_back(context.id(s));
      }
      if (evicted != expected_evicted) {
        fail(i, "evicts" + shown(evicted) + ", its twin" + shown(expected_evicted));
      }
      if (!test.traits.ties_open && run.cache->occupied() != twin->occupied()) {
        fail(i, "occupies another space than its twin");
      }
    }
  }));
}

TEST_P(EveryPolicy, KeepsItsInvariants) {
  expect_holds(check_workloads(limits(800, 80), [&](const Workload& w) {
    Replayed run(w, GetParam().protocol);
    run.cache->check_invariants();
    for (Position i = 0; i < w.accesses.size(); ++i) {
      run.access(i);
      run.cache->check_invariants();
    }
    const CacheCounts counts = run.cache->counts();
    std::uint64_t residents = 0, occupied = 0;
    Rng rng(w.seed);
    for (Slot s = 0; s < w.slots; ++s) {
      if (!run.cache->contains(s)) continue;
      ++residents;
      occupied += run.columns.context(rng).weight(s);
    }
    const auto end = static_cast<Position>(w.accesses.size());
    if (residents != counts.insertions - counts.evictions) fail(end, "residents lost");
    if (occupied != run.cache->occupied()) fail(end, "occupied space miscounted");
  }));
}

TEST_P(EveryPolicy, NeverEvictsWhatIsPinned) {
  expect_holds(check_workloads(limits(600, 80), [&](const Workload& w) {
    Replayed run(w, GetParam().protocol);
    Replayed engine(w, GetParam().general);
    Rng choice(w.seed ^ 1);
    const std::uint64_t hold = 1 + choice.below(60);
    std::vector<Position> release(w.slots, 0);  // 0: not pinned
    for (Position i = 0; i < w.accesses.size(); ++i) {
      for (Slot s = 0; s < w.slots; ++s) {
        if (release[s] != 0 && release[s] <= i) {
          release[s] = 0;
          run.cache->unpin(s);
          engine.cache->unpin(s);
        }
      }
      const Slot s = run.columns.at(i).slot;
      const bool hit = run.access(i);  // throws where a pinned block is named
      if (engine.access(i) != hit) fail(i, "the engine differs");
      for (const Slot left : run.cache->evicted()) {
        if (release[left] != 0) fail(i, "a pinned block left");
      }
      if (run.cache->evicted() != engine.cache->evicted()) {
        fail(i, "the engine evicts others");
      }
      if (run.cache->contains(s) && release[s] == 0 && choice.below(3) == 0) {
        release[s] = i + 1 + static_cast<Position>(choice.below(hold));
        run.cache->pin(s);
        engine.cache->pin(s);
      }
      run.cache->check_invariants();
    }
  }));
}

TEST_P(EveryPolicy, AFruitlessSearchChangesNothing) {
  if (GetParam().traits.draws) GTEST_SKIP() << "a search takes draws from the run's generator";
  if (GetParam().policy_traits.inserts_first) GTEST_SKIP() << "the incoming block is resident";
  expect_holds(check_workloads(limits(600, 80), [&](const Workload& w) {
    Replayed asked(w, GetParam().protocol);
    Replayed spared(w, GetParam().protocol);
    Rng choice(w.seed ^ 2);
    for (Position i = 0; i < w.accesses.size(); ++i) {
      const Access a = asked.columns.at(i);
      if (!asked.cache->contains(a.slot) && choice.below(2) == 0) {
        asked.cache->decline(a, true);
        spared.cache->decline(a, false);
        asked.cache->check_invariants();
        continue;
      }
      if (asked.access(i) != spared.access(i)) fail(i, "a hit more or less");
      if (asked.cache->evicted() != spared.cache->evicted()) fail(i, "other victims");
    }
  }));
}

TEST_P(EveryPolicy, IsDrivenAlikeByTheEngine) {
  expect_holds(check_workloads(limits(1500, 60), [&](const Workload& w) {
    Replayed run(w, GetParam().protocol);
    Replayed again(w, GetParam().protocol);
    Replayed general(w, GetParam().general);
    Replayed plain(w, GetParam().plain);
    for (Position i = 0; i < w.accesses.size(); ++i) {
      const bool hit = run.access(i);
      if (again.access(i) != hit || again.cache->evicted() != run.cache->evicted()) {
        fail(i, "the same seed, another outcome");
      }
      if (general.access(i) != hit || general.cache->evicted() != run.cache->evicted()) {
        fail(i, "the engine differs");
      }
      if (w.kind != Workload::Sizes::kWeighed && plain.access(i) != hit) {
        fail(i, "the engine's plain form differs");
      }
    }
    const CacheCounts counts = run.cache->counts(), engine = general.cache->counts();
    if (counts.insertions != engine.insertions || counts.evictions != engine.evictions ||
        counts.rejected != engine.rejected) {
      fail(static_cast<Position>(w.accesses.size()), "the engine counts differently");
    }
  }));
}

TEST_P(EveryPolicy, HoldsFewBytesASlot) {
  constexpr std::uint32_t kSlots = 20000;
  Workload w;
  w.slots = kSlots;
  w.sizes.assign(kSlots, 1);
  w.capacity = kSlots / 10;
  Rng rng(7);
  for (int i = 0; i < 60000; ++i) w.accesses.push_back(static_cast<Slot>(rng.below(kSlots)));
  Replayed run(w, GetParam().protocol);
  const std::size_t before = run.cache->memory_bytes();
  for (Position i = 0; i < w.accesses.size(); ++i) run.access(i);
  EXPECT_EQ(run.cache->memory_bytes(), before) << "allocates while it runs";
  EXPECT_LE(static_cast<double>(before) / kSlots, GetParam().traits.bytes_per_slot);
  RecordProperty("bytes_per_slot", std::to_string(static_cast<double>(before) / kSlots));
}

std::string test_name(const ::testing::TestParamInfo<PolicyCase>& info) {
  std::string name = info.param.label;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(List, EveryPolicy, ::testing::ValuesIn(all_cases()), test_name);

std::uint64_t hits_of(const Workload& w, const PolicyCase& test, bool* inserted_all = nullptr) {
  Replayed run(w, test.protocol);
  std::uint64_t hits = 0;
  for (Position i = 0; i < w.accesses.size(); ++i) hits += run.access(i) ? 1 : 0;
  if (inserted_all != nullptr) *inserted_all = run.cache->counts().rejected == 0;
  return hits;
}

const PolicyCase& case_of(const std::string& label) {
  for (const PolicyCase& test : all_cases()) {
    if (test.label == label) return test;
  }
  throw std::out_of_range("no case " + label);
}

TEST(Belady, IsBeatenByNone) {
  const PolicyCase& forced = case_of("belady");
  const PolicyCase& bypass = case_of("belady:bypass=true");
  const WorkloadLimits limits{.unsized = true, .accesses = 800, .tests = 60};
  expect_holds(check_workloads(limits, [&](const Workload& w) {
    const std::uint64_t best_forced = hits_of(w, forced);
    const std::uint64_t best = hits_of(w, bypass);
    if (best < best_forced) fail(0, "bypass loses hits");
    for (const PolicyCase& test : all_cases()) {
      bool inserted_all = true;
      const std::uint64_t hits = hits_of(w, test, &inserted_all);
      if (hits > best) fail(0, test.label + " beats Belady with bypass");
      // What is inserted first and may be its own victim is as good as declined.
      if (inserted_all && !test.policy_traits.inserts_first && hits > best_forced) {
        fail(0, test.label + " beats Belady");
      }
    }
  }));
}

TEST(Lru, KeepsInALargerCacheWhatASmallerOneHolds) {
  const PolicyCase& lru = case_of("lru");
  const WorkloadLimits limits{.unsized = true, .accesses = 800, .tests = 60};
  expect_holds(check_workloads(limits, [&](const Workload& w) {
    Workload larger = w;
    larger.capacity = w.capacity + 1 + w.seed % 5;
    Replayed small(w, lru.protocol);
    Replayed large(larger, lru.protocol);
    for (Position i = 0; i < w.accesses.size(); ++i) {
      const bool hit = small.access(i);
      if (!large.access(i) && hit) fail(i, "a hit lost in a larger cache");
      if (!small.cache->contains(w.accesses[i])) fail(i, "not inserted");
      for (Slot s = 0; s < w.slots; ++s) {
        if (small.cache->contains(s) && !large.cache->contains(s)) {
          fail(i, "no inclusion");
        }
      }
    }
  }));
}

}  // namespace
}  // namespace kvsim::policy_tests
