// Every table beside std::unordered_map: ten million random operations, on keys that are random and
// on such that a weak hash would make.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "sim/core/rng.hpp"
#include "tests/table/typed_tables.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KVSIM_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KVSIM_SANITIZED 1
#endif
#endif

namespace kvsim {
namespace {

#if defined(KVSIM_SANITIZED) || !defined(NDEBUG)
constexpr std::uint64_t kShorter = 50;
#else
constexpr std::uint64_t kShorter = 1;
#endif

template <class T>
class EqualToMap : public ::testing::Test {
 protected:
  /// Random operations on `keys`, of which at most `capacity` are in the table at a time; it is
  /// full for most of them.
  void expect_equal(const std::vector<std::uint64_t>& keys, const TableShape& shape,
                    std::uint64_t operations) {
    T table({}, shape);
    std::unordered_map<std::uint64_t, Slot> map;
    Rng rng(7);
    NoProbes none;
    for (std::uint64_t i = 0; i < operations / kShorter; ++i) {
      const std::uint64_t drawn = rng.next();
      const std::uint64_t key = keys[(drawn >> 32) % keys.size()];
      const unsigned action = drawn % 8;  // 4: find, 3: insert, 1: erase
      const auto held = map.find(key);
      const bool is_there = held != map.end();
      if (action < 4) {
        const Slot* found = table.find(key, none);
        ASSERT_EQ(found != nullptr, is_there) << "key " << key << " at operation " << i;
        if (is_there) {
          ASSERT_EQ(*found, held->second) << "key " << key << " at operation " << i;
        }
      } else if (action < 7 && (is_there || map.size() < shape.capacity)) {
        const Slot value = static_cast<Slot>(i);
        ASSERT_EQ(table.insert(key, value, none), !is_there)
            << "key " << key << " at operation " << i;
        map.emplace(key, value);
      } else {
        ASSERT_EQ(table.erase(key, none), is_there) << "key " << key << " at operation " << i;
        map.erase(key);
      }
      ASSERT_EQ(table.size(), map.size()) << "at operation " << i;
    }
    for (const std::uint64_t key : keys) {
      const Slot* found = table.find(key, none);
      const auto held = map.find(key);
      ASSERT_EQ(found != nullptr, held != map.end()) << "key " << key << " at the end";
      if (found != nullptr) {
        ASSERT_EQ(*found, held->second);
      }
    }
  }

  void expect_equal_at_each_load(std::uint64_t capacity, std::uint64_t operations,
                                 const std::function<std::uint64_t(std::uint64_t)>& key_of) {
    std::vector<std::uint64_t> keys;
    for (std::uint64_t i = 0; i < 2 * capacity; ++i) keys.push_back(key_of(i));
    const std::vector<double> loads{0.5, 0.7, 0.8, 0.9, 0.95};
    for (const double load : loads) {
      SCOPED_TRACE(load);
      expect_equal(keys, {capacity, load}, operations / loads.size());
      if (this->HasFatalFailure()) return;
    }
  }
};

TYPED_TEST_SUITE(EqualToMap, EveryTable, TableName);

TYPED_TEST(EqualToMap, OnRandomKeys) {
  Rng rng(1);
  this->expect_equal_at_each_load(1000, 4'000'000, [&](std::uint64_t i) {
    // No key is special, not even these.
    return i == 0 ? 0 : i == 1 ? ~std::uint64_t{0} : rng.next();
  });
}

TYPED_TEST(EqualToMap, OnSequentialKeys) {
  this->expect_equal_at_each_load(1000, 2'000'000, [](std::uint64_t i) { return i; });
}

TYPED_TEST(EqualToMap, OnStridedKeys) {
  this->expect_equal_at_each_load(60, 1'500'000, [](std::uint64_t i) { return i * 65536; });
}

TYPED_TEST(EqualToMap, OnKeysOfFewBits) {
  this->expect_equal_at_each_load(60, 500'000, [](std::uint64_t i) { return i & 127; });
}

TYPED_TEST(EqualToMap, OnKeysOfOneBucket) {
  const TableShape shape{40, 0.9};
  std::vector<std::uint64_t> keys;
  if constexpr (TypeParam::kCountsProbes) {
    const TypeParam table({}, shape);
    for (std::uint64_t key = 5; keys.size() < 80; ++key) {
      if (table.bucket_of(key) == table.bucket_of(5)) keys.push_back(key);
    }
  } else {
    for (std::uint64_t i = 0; i < 80; ++i) keys.push_back(i << 40);
  }
  this->expect_equal(keys, shape, 1'000'000);
}

TYPED_TEST(EqualToMap, OnFewKeysThatComeAndGo) {
  for (const std::uint64_t capacity : {1, 4}) {
    this->expect_equal({0, 1, 2, 3, 4, ~std::uint64_t{0}}, {capacity, 0.95}, 500'000);
  }
}

// A weak hash makes keys that all tables must bear, also many of them: here multiples of every
// table's number of buckets.
TYPED_TEST(EqualToMap, OnThousandsOfKeysOfOneBucket) {
  const TableShape shape{3000, 0.8};
  constexpr std::uint64_t kStride = (std::uint64_t{3750} * 938) << 20;
  std::vector<std::uint64_t> keys;
  for (std::uint64_t i = 0; i < 4000; ++i) keys.push_back(i * kStride);
  if constexpr (TypeParam::kCountsProbes) {
    const TypeParam table({}, shape);
    for (const std::uint64_t key : keys) ASSERT_EQ(table.bucket_of(key), 0);
  }
  this->expect_equal(keys, shape, 20'000);
}

}  // namespace
}  // namespace kvsim
