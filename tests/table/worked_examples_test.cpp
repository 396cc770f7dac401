// Probes of each table on a few keys, worked by hand from its description.

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "sim/core/scrambled.hpp"
#include "sim/table/table_list.hpp"  // made from tables.list

namespace kvsim {
namespace {

template <class T>
std::uint32_t probes_to_find(const T& table, std::uint64_t key) {
  ProbeCounter probes;
  EXPECT_NE(table.find(key, probes), nullptr) << "key " << key;
  return probes.count;
}

template <class T>
std::uint32_t probes_to_miss(const T& table, std::uint64_t key) {
  ProbeCounter probes;
  EXPECT_EQ(table.find(key, probes), nullptr) << "key " << key;
  return probes.count;
}

template <class T>
T table_of(const TableShape& shape, const std::vector<std::uint64_t>& keys) {
  T table({}, shape);
  NoProbes none;
  for (const std::uint64_t key : keys) EXPECT_TRUE(table.insert(key, 0, none));
  return table;
}

template <class T>
void erase(T& table, std::uint64_t key) {
  NoProbes none;
  EXPECT_TRUE(table.erase(key, none)) << "key " << key;
}

TEST(WorkedExample, OfChaining) {
  // Four buckets; bucket 1: 9, 5, 1; bucket 2: 2.
  auto table = table_of<Chaining>({4, 1}, {1, 5, 9, 2});
  ASSERT_EQ(table.buckets(), 4);
  EXPECT_EQ(probes_to_find(table, 9), 1);
  EXPECT_EQ(probes_to_find(table, 5), 2);
  EXPECT_EQ(probes_to_find(table, 1), 3);
  EXPECT_EQ(probes_to_find(table, 2), 1);
  EXPECT_EQ(probes_to_miss(table, 13), 3);
  EXPECT_EQ(probes_to_miss(table, 6), 1);
  EXPECT_EQ(probes_to_miss(table, 0), 0);
  erase(table, 5);
  EXPECT_EQ(probes_to_find(table, 1), 2);
}

TEST(WorkedExample, OfLinearProbing) {
  // Ten places; from place 2 on: 12, 22, 3, 42.
  auto table = table_of<LinearProbing>({5, 0.5}, {12, 22, 3, 42});
  ASSERT_EQ(table.buckets(), 10);
  EXPECT_EQ(probes_to_find(table, 12), 1);
  EXPECT_EQ(probes_to_find(table, 22), 2);
  EXPECT_EQ(probes_to_find(table, 3), 2);
  EXPECT_EQ(probes_to_find(table, 42), 4);
  EXPECT_EQ(probes_to_miss(table, 2), 5);
  EXPECT_EQ(probes_to_miss(table, 6), 1);
  erase(table, 22);  // 12, 3, 42
  EXPECT_EQ(probes_to_find(table, 3), 1);
  EXPECT_EQ(probes_to_find(table, 42), 3);
  EXPECT_EQ(probes_to_miss(table, 2), 4);
}

TEST(WorkedExample, OfLinearProbingAcrossTheEnd) {
  // Place 9: 9; place 0: 19; place 1: 0; place 2: 29. At home in place 2 stays what is.
  auto table = table_of<LinearProbing>({5, 0.5}, {9, 19, 0, 29, 2});
  EXPECT_EQ(probes_to_find(table, 29), 4);
  EXPECT_EQ(probes_to_find(table, 2), 2);
  erase(table, 9);  // place 9: 19; place 0: 0; place 1: 29; place 2: 2
  EXPECT_EQ(probes_to_find(table, 19), 1);
  EXPECT_EQ(probes_to_find(table, 0), 1);
  EXPECT_EQ(probes_to_find(table, 29), 3);
  EXPECT_EQ(probes_to_find(table, 2), 1);
}

TEST(WorkedExample, OfQuadraticProbing) {
  // Sixteen places; 1, 17, 33, 49 in places 1, 2, 4, 7.
  auto table = table_of<QuadraticProbing>({5, 0.5}, {1, 17, 33, 49});
  ASSERT_EQ(table.buckets(), 16);
  EXPECT_EQ(probes_to_find(table, 1), 1);
  EXPECT_EQ(probes_to_find(table, 33), 3);
  EXPECT_EQ(probes_to_find(table, 49), 4);
  EXPECT_EQ(probes_to_miss(table, 65), 5);
  erase(table, 17);
  EXPECT_EQ(probes_to_miss(table, 65), 5);  // over the tombstone
  NoProbes none;
  EXPECT_TRUE(table.insert(65, 0, none));  // in its place
  EXPECT_EQ(probes_to_find(table, 65), 2);
}

TEST(WorkedExample, OfRobinHood) {
  // Ten places; from place 2 on: 12, 22, 42 with home 2, then 3 with home 3.
  auto table = table_of<RobinHood>({5, 0.5}, {12, 22, 3, 42});
  ASSERT_EQ(table.buckets(), 10);
  EXPECT_EQ(probes_to_find(table, 12), 1);
  EXPECT_EQ(probes_to_find(table, 22), 2);
  EXPECT_EQ(probes_to_find(table, 42), 3);
  EXPECT_EQ(probes_to_find(table, 3), 3);
  EXPECT_EQ(probes_to_miss(table, 32), 3);  // ends at 42, a greater key of its home
  EXPECT_EQ(probes_to_miss(table, 52), 4);  // ends at 3, which is nearer to home
  EXPECT_EQ(probes_to_miss(table, 13), 4);  // ends in the empty place 6
  EXPECT_EQ(probes_to_miss(table, 7), 1);
  erase(table, 12);  // 22, 42, 3
  EXPECT_EQ(probes_to_find(table, 22), 1);
  EXPECT_EQ(probes_to_find(table, 3), 2);
}

TEST(WorkedExample, OfCuckoo) {
  // Ten buckets; the keys' first is bucket 0, of four places.
  auto table = table_of<Cuckoo>({20, 0.5}, {0, 10, 20, 30});
  ASSERT_EQ(table.buckets(), 10);
  for (const std::uint64_t key : {0, 10, 20, 30}) EXPECT_EQ(probes_to_find(table, key), 1);
  EXPECT_EQ(probes_to_miss(table, 50), 2);
  std::uint64_t key = 40;
  while (scrambled(key) % 10 == 0) key += 10;  // until its second is another
  NoProbes none;
  EXPECT_TRUE(table.insert(key, 0, none));
  EXPECT_EQ(probes_to_find(table, key), 2);
}

TEST(WorkedExample, OfCuckooWithAStash) {
  // Both buckets of all keys are bucket 0: four find a place, the others the stash.
  std::vector<std::uint64_t> keys;
  for (std::uint64_t key = 0; keys.size() < 8; key += 10) {
    if (scrambled(key) % 10 == 0) keys.push_back(key);
  }
  const std::uint64_t absent = keys.back();
  keys.pop_back();
  auto table = table_of<Cuckoo>({20, 0.5}, keys);
  EXPECT_EQ(probes_to_find(table, keys[3]), 1);
  EXPECT_EQ(probes_to_find(table, keys[4]), 3);
  EXPECT_EQ(probes_to_find(table, keys[6]), 5);
  EXPECT_EQ(probes_to_miss(table, absent), 5);
  erase(table, keys[0]);  // keys[4] takes its place
  EXPECT_EQ(probes_to_find(table, keys[4]), 1);
  EXPECT_EQ(probes_to_miss(table, absent), 4);
}

TEST(WorkedExample, OfSwiss) {
  // Four groups; sixteen keys of group 0 fill it, the seventeenth is in group 1.
  std::vector<std::uint64_t> keys;
  for (std::uint64_t i = 0; i < 18; ++i) keys.push_back(i << 9);
  const std::uint64_t absent = keys.back();
  keys.pop_back();
  auto table = table_of<Swiss>({20, 0.5}, keys);
  ASSERT_EQ(table.buckets(), 4);
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(probes_to_find(table, keys[i]), 1);
  EXPECT_EQ(probes_to_find(table, keys[16]), 2);
  EXPECT_EQ(probes_to_miss(table, absent), 2);
  EXPECT_EQ(probes_to_miss(table, std::uint64_t{1} << 7), 1);
  erase(table, keys[3]);
  EXPECT_EQ(probes_to_miss(table, absent), 2);  // a tombstone ends no search
  NoProbes none;
  EXPECT_TRUE(table.insert(absent, 0, none));  // and is used again
  EXPECT_EQ(probes_to_find(table, absent), 1);
}

}  // namespace
}  // namespace kvsim
