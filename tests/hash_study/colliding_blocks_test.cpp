#include "sim/hash/study/colliding_blocks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "sim/core/rng.hpp"
#include "sim/hash/hasher.hpp"

namespace kvsim {
namespace {

std::vector<std::byte> parent_of(std::uint64_t word) {
  std::vector<std::byte> bytes(8);
  std::memcpy(bytes.data(), &word, 8);
  return bytes;
}

class CollidingBlocksTest : public ::testing::TestWithParam<std::string> {};

// Recomputed here from the tokens, with a child behind each, and in the other places and under the
// other seeds for which the search claims it.
TEST_P(CollidingBlocksTest, CollideAsWholeDigests) {
  const ComponentSpec hash = parse_hash(GetParam());
  ASSERT_TRUE(has_collision_search(hash.name));
  Rng rng(11);
  for (const std::size_t block_size : {16U, 64U, 512U}) {
    const auto parent = parent_of(rng.next());
    const auto found = find_colliding_blocks(hash, parent, block_size, rng.next());
    ASSERT_TRUE(found) << block_size;
    ASSERT_EQ(found->first.size(), block_size);
    ASSERT_EQ(found->second.size(), block_size);
    EXPECT_NE(found->first, found->second);
    for (const auto* tokens : {&found->first, &found->second}) {
      EXPECT_LT(*std::max_element(tokens->begin(), tokens->end()), kSearchedVocabulary);
    }
    const auto collide = [&](std::span<const std::byte> behind, std::uint64_t seed) {
      const auto hasher = make_hasher(hash, seed);
      const Digest a = hasher->digest(key_bytes_of(behind, found->first));
      const Digest b = hasher->digest(key_bytes_of(behind, found->second));
      return a == b;
    };
    EXPECT_TRUE(collide(parent, 0));
    if (found->any_parent) {
      EXPECT_TRUE(collide(parent_of(rng.next()), 0));
    }
    if (found->any_seed && hash_traits(hash.name).seeded) {
      EXPECT_TRUE(collide(parent_of(rng.next()), rng.next() >> 1));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Weak, CollidingBlocksTest,
                         ::testing::Values("identity", "modulo", "modulo:m=1000003", "fibonacci",
                                           "boost_combine", "crc32c", "fnv1a_64", "cpython"));

// The pair and the seed that xxHash issue 1127 publishes for XXH3-64 with its own secret.
TEST(CollidingBlocks, PublishedPairOfXxh3) {
  const std::array<std::uint64_t, 4> first = {0, 0, 0x0000444010121551, 0x0501000482000000};
  std::array<std::uint64_t, 4> second = first;
  for (std::size_t i : {2U, 3U}) second[i] = ~second[i];
  const auto hasher = make_hasher(parse_hash("xxh3_64"), 0x2468b3bc26a44073);
  const Digest digest = hasher->digest(std::as_bytes(std::span(first)));
  EXPECT_EQ(digest, hasher->digest(std::as_bytes(std::span(second))));
  EXPECT_EQ(digest.words[0], 0xdd686b61e2f6dc69);
}

TEST(CollidingBlocks, NoneWhereThereIsNoSearch) {
  EXPECT_FALSE(has_collision_search("sha256"));
  EXPECT_FALSE(find_colliding_blocks(parse_hash("sha256"), parent_of(0), 16, 1));
  EXPECT_FALSE(find_colliding_blocks(parse_hash("fnv1a_64"), parent_of(0), 15, 1));
  EXPECT_FALSE(find_colliding_blocks(parse_hash("identity"), parent_of(0), 3, 1));
}

TEST(CollidingBlocks, ShortestBlocks) {
  for (const char* name : {"identity", "crc32c", "fnv1a_64", "cpython"}) {
    EXPECT_TRUE(
        find_colliding_blocks(parse_hash(name), parent_of(0), least_searched_tokens(name), 1))
        << name;
  }
}

}  // namespace
}  // namespace kvsim
