// Every hash function against its library or a naive twin.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "sim/core/rng.hpp"
#include "sim/hash/hasher.hpp"
#include "tests/hash/reference.hpp"

namespace kvsim {
namespace {

constexpr std::size_t kLongest = 8192;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kKeys = 2'000;
#else
constexpr std::size_t kKeys = 10'400;
#endif
constexpr std::uint64_t kSeeds[] = {0, 1, 0x0123456789abcdef, ~std::uint64_t{0}};

// Keys are pieces of it, at any offset, so that no function may count on their alignment.
std::vector<std::byte> random_bytes(std::size_t size, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& b : bytes) b = static_cast<std::byte>(rng.next());
  return bytes;
}

template <class H>
constexpr bool kIsMissing = requires {
  H::kMissing;
};

template <class H>
class EveryHash : public ::testing::Test {
 protected:
  void SetUp() override {
    if (kIsMissing<H>) GTEST_SKIP() << "built without it: " << H::kName;
  }
};

template <class... Ts>
::testing::Types<Ts...> as_test_types(TypeList<Ts...>);
struct HashName {
  template <class H>
  static std::string GetName(int) {  // NOLINT(readability-identifier-naming): GoogleTest's
    return std::string(H::kName);
  }
};
TYPED_TEST_SUITE(EveryHash, decltype(as_test_types(HashFunctionList{})), HashName);

TYPED_TEST(EveryHash, IsItsLibraryOrTwin) {
  const std::vector<std::byte> bytes = random_bytes(8 * kLongest, 1);
  Rng rng(2);
  std::uint64_t lengths = 0;
  for (std::size_t i = 0; i < kKeys; ++i) {
    // Every short length, where functions have their cases, and any up to the longest.
    const std::size_t size = i < 1'040 ? i / 2 : rng.below(kLongest + 1);
    const std::uint64_t seed = TypeParam::kTraits.seeded ? kSeeds[i % 4] : 0;
    const auto key = std::span(bytes).subspan(rng.below(bytes.size() - size), size);
    ASSERT_EQ(widened(TypeParam({}, seed)(key)), reference<TypeParam>(key, seed))
        << "a key of " << size << " bytes, seed " << seed;
    lengths += size;
  }
  EXPECT_GT(lengths, (kKeys - 1'040) * kLongest * 2 / 5);
}

TYPED_TEST(EveryHash, TakesAnEmptyKeyWithoutAddress) {
  EXPECT_EQ(widened(TypeParam({}, 0)({})),
            reference<TypeParam>(std::as_bytes(std::span("", 1)).first(0), 0));
}

TYPED_TEST(EveryHash, SeedsChangeDigestsWhereItSaysSo) {
  const std::vector<std::byte> bytes = random_bytes(512, 3);
  for (const std::size_t size : {8U, 72U, 264U, 512U}) {
    std::set<std::array<std::uint64_t, 4>> digests;
    for (const std::uint64_t seed : kSeeds) {
      digests.insert(widened(TypeParam({}, seed)(std::span(bytes).first(size))).words);
    }
    // The seed of all ones folds to that of none in functions with seeds of 32 bits.
    if (TypeParam::kTraits.seeded) {
      EXPECT_GE(digests.size(), 3);
    } else {
      EXPECT_EQ(digests.size(), 1);
    }
  }
}

TYPED_TEST(EveryHash, KeepsWithinItsBits) {
  const std::vector<std::byte> bytes = random_bytes(4096, 4);
  constexpr unsigned kBits = TypeParam::kTraits.bits;
  EXPECT_TRUE(kBits == 32 || kBits == 8 * sizeof(typename TypeParam::Value)) << kBits;
  Digest any;
  for (std::size_t at = 0; at + 64 <= bytes.size(); at += 8) {
    const Digest digest = widened(TypeParam({}, 0)(std::span(bytes).subspan(at, 64)));
    EXPECT_EQ(digest, truncated(digest, kBits));
    for (std::size_t i = 0; i < 4; ++i) any.words[i] |= digest.words[i];
  }
  // And none of them is always zero, but for what a divisor leaves out.
  const unsigned used = TypeParam::kName == "modulo" ? 61 : kBits;
  EXPECT_EQ(any, truncated({{~0ULL, ~0ULL, ~0ULL, ~0ULL}}, used));
}

TYPED_TEST(EveryHash, ManyAreEachAlone) {
  const std::vector<std::byte> bytes = random_bytes(72 * 33, 5);
  const auto hasher = make_hasher({std::string(TypeParam::kName), {}}, 0);
  for (const std::size_t size : {0U, 8U, 24U, 72U}) {
    std::vector<Digest> digests(33);
    hasher->digest_many(std::span(bytes).first(33 * size), size, digests);
    for (std::size_t i = 0; i < digests.size(); ++i) {
      const auto key = std::span(bytes).subspan(i * size, size);
      EXPECT_EQ(digests[i], hasher->digest(key));
      EXPECT_EQ(digests[i], widened(TypeParam({}, 0)(key)));
    }
  }
}

TYPED_TEST(EveryHash, SaysWhatItIs) {
  EXPECT_EQ(hash_traits(TypeParam::kName).bits, TypeParam::kTraits.bits);
  EXPECT_EQ(hash_traits(TypeParam::kName).seeded, TypeParam::kTraits.seeded);
  const std::string_view doc = TypeParam::kDoc;
  EXPECT_TRUE(doc.ends_with('.'));
  EXPECT_NE(doc.find('('), std::string_view::npos) << "names no source";
}

TEST(Crc32c, IsTheSameByTableAsByInstruction) {
  const std::vector<std::byte> bytes = random_bytes(600, 6);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto key = std::span(bytes).first(size);
    ASSERT_EQ(Crc32c::by_table(7)(key), Crc32c({}, 7)(key)) << size;
    ASSERT_EQ(Crc32c::by_table(7)(key), naive::crc32c(key, 7)) << size;
  }
}

// A seed is the first word of the key, the others are 0.
TEST(KeyedHashes, TakeTheSeedAsKey) {
  const std::vector<std::byte> bytes = random_bytes(72, 8);
  const std::uint64_t key[] = {0x0123456789abcdef, 0, 0, 0};
  EXPECT_EQ(SipHash24({}, key[0])(bytes), SipHash24(std::span(key).first<2>())(bytes));
  EXPECT_EQ(SipHash13({}, key[0])(bytes), SipHash13(std::span(key).first<2>())(bytes));
  EXPECT_EQ(HighwayHash64({}, key[0])(bytes), HighwayHash64(std::span(key))(bytes));
}

TEST(Modulo, TakesAnyDivisor) {
  const std::vector<std::byte> bytes = random_bytes(512, 7);
  for (const std::int64_t m : {1LL, 2LL, 97LL, 4294967291LL, 1LL << 62}) {
    EXPECT_EQ(Modulo({m}, 0)(bytes), naive::fold(bytes) % static_cast<std::uint64_t>(m));
  }
}

}  // namespace
}  // namespace kvsim
