// Probes beside what theory says of them.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "sim/core/rng.hpp"
#include "sim/table/driven_table.hpp"
#include "sim/table/table_list.hpp"  // made from tables.list

namespace kvsim {
namespace {

using Kind = TableOperation::Kind;

constexpr std::array kLoads{0.5, 0.7, 0.8, 0.9, 0.95};
constexpr std::uint64_t kSeeds = 40;

/// A mean over several seeds, and how far off its value may be by chance.
class Sample {
 public:
  void add(double x) {
    sum_ += x;
    squares_ += x * x;
    ++count_;
  }
  double mean() const { return sum_ / count_; }
  double standard_error() const {
    return std::sqrt((squares_ / count_ - mean() * mean()) / (count_ - 1));
  }
  /// Within five standard errors, of 40 values: a right mean fails once in 80,000 (Student's t).
  void expect_mean(double expected) const {
    EXPECT_NEAR(mean(), expected, 5 * standard_error() + 1e-9);
  }

 private:
  double sum_ = 0;
  double squares_ = 0;
  double count_ = 0;
};

/// What look-ups find after insertions and, if asked for, as many deletions and insertions again.
struct Replay {
  std::uint64_t capacity = 4000;
  bool churns = false;
  bool looks_up_oldest_only = false;

  TableReport report(std::string_view name, double load, std::uint64_t seed) const {
    Rng rng(seed + 1);
    std::vector<TableOperation> operations;
    std::vector<TableOperation> held;
    Slot next = 0;
    const auto insert = [&] {
      operations.push_back({rng.next(), next++, Kind::kInsert});
      return operations.back();
    };
    for (std::uint64_t i = 0; i < capacity; ++i) held.push_back(insert());
    for (std::uint64_t i = 0; churns && i < 2 * capacity; ++i) {
      TableOperation& leaving = held[rng.below(capacity)];
      operations.push_back({leaving.key, leaving.slot, Kind::kErase});
      leaving = insert();
    }
    for (std::uint64_t i = 0; i < capacity; ++i) {
      const TableOperation& looked_up = held[looks_up_oldest_only ? i % (capacity / 10) : i];
      operations.push_back({looked_up.key, looked_up.slot, Kind::kFind});
      operations.push_back({rng.next(), next++, Kind::kFind});
    }
    const auto table = make_table({std::string(name), {}}, {capacity, load}, seed + 1000);
    table->apply(operations);
    return table->report();
  }
};

/// `check(observed - expected)`, for hits and misses, over 40 seeds.
void expect_as_expected(std::string_view name, const Replay& replay) {
  for (const double load : kLoads) {
    Sample hit;
    Sample miss;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const TableReport report = replay.report(name, load, seed);
      hit.add(report.hit->mean - *report.hit->expected);
      miss.add(report.miss->mean - *report.miss->expected);
    }
    SCOPED_TRACE(::testing::Message() << name << " at load " << load);
    hit.expect_mean(0);
    miss.expect_mean(0);
  }
}

class EveryInstrumentedTable : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryInstrumentedTable, TakesWhatIsExpected) { expect_as_expected(GetParam(), {}); }

TEST_P(EveryInstrumentedTable, TakesWhatIsExpectedAfterDeletions) {
  expect_as_expected(GetParam(), {.churns = true});
}

// Linear probing keeps old entries near home, chains have new ones first.
TEST_P(EveryInstrumentedTable, TakesWhatIsExpectedOfTheOldestEntries) {
  expect_as_expected(GetParam(), {.looks_up_oldest_only = true});
}

std::vector<std::string> instrumented() {
  std::vector<std::string> names;
  for_each_type(TableList{}, [&]<class T>() {
    if (T::kCountsProbes) names.emplace_back(T::kName);
  });
  return names;
}
INSTANTIATE_TEST_SUITE_P(Tables, EveryInstrumentedTable, ::testing::ValuesIn(instrumented()),
                         [](const auto& tested) { return tested.param; });

/// Calls `visit(homes)` with all m^n tuples of homes.
void for_each_homes(std::uint64_t m, std::uint64_t n,
                    const std::function<void(const std::vector<std::uint64_t>&)>& visit) {
  std::vector<std::uint64_t> homes(n, 0);
  while (true) {
    visit(homes);
    std::size_t i = 0;
    while (i < n && ++homes[i] == m) homes[i++] = 0;
    if (i == n) return;
  }
}

// All ways in which keys can fall, in which one of them is not there: exact means.
template <class T>
void expect_exact_means(std::uint64_t m, std::uint64_t entries) {
  double hits = 0;
  double hit_probes = 0;
  double misses = 0;
  double miss_probes = 0;
  for_each_homes(m, entries + 1, [&](const std::vector<std::uint64_t>& homes) {
    for (std::uint64_t absent = 0; absent <= entries; ++absent) {
      T table({}, {m - 1, static_cast<double>(m - 1) / static_cast<double>(m)});
      ASSERT_EQ(table.buckets(), m);
      NoProbes none;
      const auto key = [&](std::uint64_t i) { return homes[i] + i * m; };
      for (std::uint64_t i = 0; i <= entries; ++i) {
        if (i != absent) table.insert(key(i), 0, none);
      }
      for (std::uint64_t i = 0; i <= entries; ++i) {
        ProbeCounter probes;
        ASSERT_EQ(table.find(key(i), probes) == nullptr, i == absent);
        (i == absent ? misses : hits) += 1;
        (i == absent ? miss_probes : hit_probes) += probes.count;
      }
    }
  });
  typename T::Theory theory(m);
  EXPECT_NEAR(miss_probes / misses, theory.miss(entries), 1e-12) << entries << " of " << m;
  if constexpr (requires { theory.hit(entries); }) {
    EXPECT_NEAR(hit_probes / hits, theory.hit(entries), 1e-12) << entries << " of " << m;
  } else if constexpr (std::is_same_v<T, LinearProbing>) {
    EXPECT_NEAR(hit_probes / hits, LinearProbingTheory(m).successful(entries), 1e-12);
  } else {
    // A chain's newest is first: half of the others in the bucket come before, in the mean.
    const auto others = static_cast<double>(entries - 1);
    EXPECT_NEAR(hit_probes / hits, 1 + others / (2 * static_cast<double>(m)), 1e-12);
  }
}

TEST(Theory, IsExactInSmallTables) {
  for (const std::uint64_t entries : {1, 2, 3}) {
    expect_exact_means<LinearProbing>(4, entries);
    expect_exact_means<RobinHood>(4, entries);
  }
  expect_exact_means<Chaining>(4, 3);
  expect_exact_means<LinearProbing>(6, 4);
  expect_exact_means<RobinHood>(6, 4);
}

TEST(Theory, OfLinearProbingHasKnuthsLimits) {
  constexpr std::uint64_t kPlaces = 10'000'000;
  LinearProbingTheory theory(kPlaces);
  for (const double load : kLoads) {
    const auto entries = static_cast<std::uint64_t>(load * kPlaces);
    const double free = 1 - load;
    EXPECT_NEAR(theory.successful(entries) / ((1 + 1 / free) / 2), 1, 1e-3) << load;
    EXPECT_NEAR(theory.unsuccessful(entries) / ((1 + 1 / (free * free)) / 2), 1, 1e-3) << load;
  }
}

// Knuth's means of secondary clustering (TAOCP 6.4): sequences that depend on the home alone and
// are random otherwise. Steps of 1, 2, 3, … are not random, and do worse: by 8 % at most, at these
// loads.
TEST(Theory, OfSecondaryClusteringIsNearQuadraticProbing) {
  for (const double load : {0.5, 0.7, 0.8, 0.9}) {
    Sample hit;
    Sample miss;
    const Replay replay{.capacity = static_cast<std::uint64_t>(load * 8192)};
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const TableReport report = replay.report("quadratic_probing", load, seed);
      hit.add(report.hit->mean);
      miss.add(report.miss->mean);
    }
    const double log = -std::log(1 - load);
    EXPECT_NEAR(hit.mean() / (1 + log - load / 2), 1, 0.08) << load;
    EXPECT_NEAR(miss.mean() / (1 / (1 - load) - load + log), 1, 0.08) << load;
  }
}

TEST(Theory, OfCuckooMissesIsTwoBucketsUntilAStashIsNeeded) {
  for (const double load : {0.5, 0.8, 0.9}) {
    const TableReport report = Replay{}.report("cuckoo", load, 5);
    EXPECT_EQ(report.miss->max, 2) << load;
    EXPECT_EQ(report.miss->mean, 2) << load;
    EXPECT_EQ(report.hit->max, 2) << load;
  }
}

// Robin Hood's longest searches are short.
TEST(Theory, OfRobinHoodKeepsLongestSearchesShort) {
  const TableReport linear = Replay{}.report("linear_probing", 0.9, 5);
  const TableReport robin = Replay{}.report("robin_hood", 0.9, 5);
  EXPECT_LT(4 * robin.hit->max, linear.hit->max);
  EXPECT_NEAR(robin.hit->mean, linear.hit->mean, 1e-9) << "the sum of distances is one";
}

}  // namespace
}  // namespace kvsim
