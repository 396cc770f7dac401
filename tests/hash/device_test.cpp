// The code that runs on a GPU, on the CPU: each function against its library, and chained blocks
// against a chain made with the library, byte by byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"
#include "sim/hash/block_batch.hpp"
#include "sim/hash/device/functions.hpp"
#include "sim/hash/hasher.hpp"

namespace kvsim {
namespace {

Digest digest_of(const device::DigestWords& words) {
  return digest_from(words.word, sizeof words.word);
}

std::uint64_t a_seed(const std::string& function, Rng& rng) {
  if (!hash_traits(function).seeded || rng.below(8) == 0) return 0;
  return rng.next() >> rng.below(64);
}

template <class Function>
class DeviceFunction : public testing::Test {};

template <class List>
struct TestedTypes;
template <class... Ts>
struct TestedTypes<TypeList<Ts...>> {
  using Types = testing::Types<Ts...>;
};
TYPED_TEST_SUITE(DeviceFunction, TestedTypes<DeviceFunctionList>::Types, );

TYPED_TEST(DeviceFunction, IsItsLibrary) {
  Rng rng(20);
  std::vector<std::byte> data(8192 + 8);
  for (std::byte& each : data) each = static_cast<std::byte>(rng.next());
  const std::string name = TypeParam::kName;
  for (std::size_t i = 0; i < 12'000; ++i) {
    const std::size_t size = i <= 2'000 ? i : rng.below(8193);
    const std::size_t at = rng.below(std::min<std::size_t>(data.size() - size, 64) + 1);
    for (unsigned change = 0; change < 4; ++change) {
      data[rng.below(data.size())] = static_cast<std::byte>(rng.next());
    }
    const std::uint64_t seed = a_seed(name, rng);
    const device::Bytes message(reinterpret_cast<const unsigned char*>(data.data()) + at, size);
    ASSERT_EQ(digest_of(TypeParam::digest(message, seed)),
              make_hasher({name, {}}, seed)->digest(std::span(data).subspan(at, size)))
        << name << " of " << size << " bytes, seed " << seed;
  }
}

TEST(DeviceCut, IsThatOfDigests) {
  Rng rng(21);
  for (unsigned bits = 1; bits <= 256; ++bits) {
    const Digest digest{{rng.next(), rng.next(), rng.next(), rng.next()}};
    device::DigestWords words;
    std::memcpy(words.word, digest.words.data(), sizeof words.word);
    ASSERT_EQ(digest_of(device::cut(words, bits)), truncated(digest, bits)) << bits;
  }
}

// Requests of up to `most` tokens each, some of none.
struct Requests {
  std::vector<Token> tokens;
  std::vector<std::uint64_t> offset{0};

  Requests(std::size_t count, std::uint64_t most, Rng& rng) {
    for (std::size_t r = 0; r < count; ++r) {
      const std::uint64_t length = rng.below(8) == 0 ? 0 : rng.below(most + 1);
      for (std::uint64_t t = 0; t < length; ++t) tokens.push_back(static_cast<Token>(rng.next()));
      offset.push_back(tokens.size());
    }
  }
};

// The chain as the documentation says it, from copied bytes and the library's function.
std::vector<Digest> naive_keys(const Requests& requests, const BlockHashing& hashing) {
  const std::unique_ptr<Hasher> hasher = make_hasher({hashing.function, {}}, hashing.seed);
  std::vector<Digest> keys;
  for (std::size_t r = 0; r + 1 < requests.offset.size(); ++r) {
    Digest parent;
    for (std::uint64_t at = requests.offset[r]; at < requests.offset[r + 1];
         at += hashing.block_size) {
      std::vector<std::byte> input(digest_bytes(hashing.bits));
      std::memcpy(input.data(), parent.words.data(), input.size());
      for (std::uint64_t t = at; t < std::min(at + hashing.block_size, requests.offset[r + 1]);
           ++t) {
        for (unsigned byte = 0; byte < 4; ++byte) {
          input.push_back(static_cast<std::byte>(requests.tokens[t] >> (8 * byte)));
        }
      }
      parent = truncated(hasher->digest(input), hashing.bits);
      keys.push_back(parent);
    }
  }
  return keys;
}

TEST(HashBlocks, AreTheChainOfTheLibraries) {
  Rng rng(22);
  for (const std::string& function : block_hash_functions()) {
    for (unsigned round = 0; round < 150; ++round) {
      const unsigned most = hash_traits(function).bits;
      BlockHashing hashing;
      hashing.function = function;
      // Where a key begins to take more bytes, and anywhere.
      const std::vector<unsigned> widths{
          16, 63, 64, 65, 127, 128, 129, 255, 256, 16 + static_cast<unsigned>(rng.below(241))};
      hashing.bits = std::min(most, widths[round % widths.size()]);
      hashing.seed = a_seed(function, rng);
      hashing.block_size =
          std::vector<std::uint64_t>{1, 2, 3, 7, 16, 30, 64, 256, 512}[rng.below(9)];
      const Requests requests(rng.below(12), 4 * hashing.block_size, rng);
      const BlockDigests digests = hash_blocks_host({requests.tokens, requests.offset}, hashing);
      ASSERT_EQ(digests.keys, naive_keys(requests, hashing))
          << function << ", " << hashing.bits << " bits, blocks of " << hashing.block_size;
      ASSERT_EQ(digests.first.size(), requests.offset.size());
      ASSERT_EQ(digests.first.back(), digests.keys.size());
    }
  }
}

TEST(HashBlocks, OfNoRequestsAreNone) {
  EXPECT_TRUE(hash_blocks_host({}, {}).keys.empty());
  EXPECT_EQ(hash_blocks_host({}, {}).first, std::vector<std::uint64_t>{0});
}

std::string refusal(const BlockHashing& hashing) {
  try {
    (void)checked(hashing);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(HashBlocks, RefuseWhatThereIsNot) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({"xxh3-64", 0, 0, 16}),
            "unknown hash for blocks in batches 'xxh3-64'; did you mean 'xxh3_64'? (allowed: "
            "xxh3_64, xxh64, murmur3_128, sha256)");
  EXPECT_EQ(refusal({"xxh64", 65, 0, 16}),
            "hash 'xxh64': 65 bits are asked, but its digests have 64");
  EXPECT_EQ(refusal({"sha256", 0, 1, 16}),
            "hash 'sha256': takes no seed, but 1 is given; allowed is 0");
  EXPECT_EQ(refusal({"xxh64", 0, 0, 0}), "block size is 0; allowed is 1 or more tokens");
}

}  // namespace
}  // namespace kvsim
