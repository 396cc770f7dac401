// Values that others have published.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "sim/hash/function_list.hpp"  // made from functions.list

namespace kvsim {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// 0, 1, 2, …
std::vector<std::byte> ascending(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

template <class H>
auto digest_of(std::string_view text, std::uint64_t seed = 0) {
  return H({}, seed)(bytes_of(text));
}

// As digests of bytes are written.
template <class H>
std::string hex_of(std::string_view text) {
  const Digest digest = widened(digest_of<H>(text));
  std::string hex;
  for (const std::byte b : std::as_bytes(std::span(digest.words)).first(H::kTraits.bits / 8)) {
    hex += fmt::format("{:02x}", std::to_integer<unsigned>(b));
  }
  return hex;
}

// The sanity check of Cyan4973/xxHash (cli/xsum_sanity_check.c, 0.8.3), one length of each of its
// cases: a buffer of its own, hashed up to a length.
TEST(PublishedValues, Xxhash) {
  constexpr std::uint64_t kPrime32 = 2654435761;
  constexpr std::uint64_t kPrime64 = 11400714785074694797U;
  std::vector<std::byte> buffer(2367);
  std::uint64_t state = kPrime32;
  for (std::byte& b : buffer) {
    b = static_cast<std::byte>(state >> 56);
    state *= kPrime64;
  }
  struct Row {
    std::size_t size;
    std::uint64_t seed;
    std::uint64_t low;
    std::uint64_t high = 0;
  };
  for (const Row& row : {Row{0, 0, 0xef46db3751d8e999}, Row{0, kPrime32, 0xac75fda2929b17ef},
                         Row{1, 0, 0xe934a84adb052768}, Row{4, 0, 0x9136a0dca57457ee},
                         Row{14, kPrime32, 0xc3bd6bf63deb6df0}, Row{222, 0, 0xb641ae8cb691c174},
                         Row{222, kPrime32, 0x20cb8ab7ae10c14a}}) {
    EXPECT_EQ(Xxh64({}, row.seed)(std::span(buffer).first(row.size)), row.low) << row.size;
  }
  for (const Row& row : {Row{0, 0, 0x2d06800538d394c2}, Row{0, kPrime64, 0xa8a6b918b2f0364a},
                         Row{1, kPrime64, 0x032be332dd766ef8}, Row{6, 0, 0x27b56a84cd2d7325},
                         Row{12, 0, 0xa713daf0dfbb77e7}, Row{24, 0, 0xa3fe70bf9d3510eb},
                         Row{48, kPrime64, 0xadc2cbaa44acc616}, Row{80, 0, 0xbcdefbbb2c47c90a},
                         Row{195, kPrime64, 0xba68003d370cb3d9}, Row{403, 0, 0xcdeb804d65c6dea4},
                         Row{512, kPrime64, 0x3ce457de14c27708}, Row{2048, 0, 0xdd59e2c3a5f038e0},
                         Row{2367, kPrime64, 0xd2db3415b942b42a}}) {
    EXPECT_EQ(Xxh3_64({}, row.seed)(std::span(buffer).first(row.size)), row.low) << row.size;
  }
  for (const Row& row : {Row{0, 0, 0x6001c324468d497f, 0x99aa06d3014798d8},
                         Row{1, kPrime32, 0xb53d5557e7f76f8d, 0x89b99554ba22467c},
                         Row{6, 0, 0x3e7039bdda43cfc6, 0x082afe0b8162d12a},
                         Row{12, kPrime32, 0x9be9f9a67f3c7dfb, 0xd7e09d518a3405d3},
                         Row{24, 0, 0x1e7044d28b1b901d, 0x0ce966e4678d3761},
                         Row{81, kPrime32, 0x703fbb3d7a5f755c, 0x2724ec7adc750fb6},
                         Row{222, 0, 0xf1aebd597cec6b3a, 0x337e09641b948717},
                         Row{2048, kPrime32, 0x230d43f30206260b, 0x7fb03f7e7186c3ea},
                         Row{2367, 0, 0xcb37aeb9e5d361ed, 0xe89c0f6ff369b427}}) {
    EXPECT_EQ(Xxh3_128({}, row.seed)(std::span(buffer).first(row.size)),
              (Digest128{{row.low, row.high}}))
        << row.size;
  }
}

// wangyi-fudan/wyhash, branch wyhash_final, test_vector.cpp: texts, each seeded by its number.
TEST(PublishedValues, Wyhash) {
  EXPECT_EQ(digest_of<Wyhash>("", 0), 0x42bc986dc5eec4d3);
  EXPECT_EQ(digest_of<Wyhash>("a", 1), 0x84508dc903c31551);
  EXPECT_EQ(digest_of<Wyhash>("abc", 2), 0x0bc54887cfc9ecb1);
  EXPECT_EQ(digest_of<Wyhash>("message digest", 3), 0xadc146444841c430);
  EXPECT_EQ(digest_of<Wyhash>("abcdefghijklmnopqrstuvwxyz", 4), 0x4c0977bd4f14f34a);
  EXPECT_EQ(digest_of<Wyhash>("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 5),
            0x6f8bd609a8a276d2);
  EXPECT_EQ(digest_of<Wyhash>("1234567890123456789012345678901234567890"
                              "1234567890123456789012345678901234567890",
                              6),
            0x498d7c21668259ad);
}

// The values of spaolacci/murmur3's tests.
TEST(PublishedValues, Murmur3) {
  EXPECT_EQ(digest_of<Murmur3_128>(""), (Digest128{{0, 0}}));
  EXPECT_EQ(digest_of<Murmur3_128>("hello"), (Digest128{{0xcbd8a7b341bd9b02, 0x5b1e906a48ae1d19}}));
  EXPECT_EQ(digest_of<Murmur3_128>("hello, world"),
            (Digest128{{0x342fac623a5ebc8e, 0x4cdcbc079642414d}}));
  EXPECT_EQ(digest_of<Murmur3_128>("The quick brown fox jumps over the lazy dog."),
            (Digest128{{0xcd99481f9ee902c9, 0x695da1a38987b6e7}}));
}

// FarmHash's k2, which it gives the empty key.
TEST(PublishedValues, FarmHash) { EXPECT_EQ(digest_of<FarmHash64>(""), 0x9ae16a3b2f90404f); }

// google/highwayhash, highwayhash_test.cc: kExpected64.
TEST(PublishedValues, HighwayHash) {
  const std::uint64_t key[] = {0x0706050403020100, 0x0f0e0d0c0b0a0908, 0x1716151413121110,
                               0x1f1e1d1c1b1a1918};
  const HighwayHash64 hash{std::span<const std::uint64_t, 4>(key)};
  const std::uint64_t expected[] = {0x907a56de22c26e53, 0x7eab43aac7cddd78, 0xb8d0569ab0b53d62,
                                    0x5c6befab8a463d80, 0xf205a46893007eda, 0x2b8a1668e4a94541,
                                    0xbd4ccc325befca6f, 0x4d02ae1738f59482, 0xe1205108e55f3171};
  for (std::size_t size = 0; size < std::size(expected); ++size) {
    EXPECT_EQ(hash(ascending(size)), expected[size]) << size;
  }
}

// Noll's test suite for FNV, and the draft of its RFC.
TEST(PublishedValues, Fnv1a) {
  EXPECT_EQ(digest_of<Fnv1a_64>(""), 0xcbf29ce484222325);
  EXPECT_EQ(digest_of<Fnv1a_64>("a"), 0xaf63dc4c8601ec8c);
  EXPECT_EQ(digest_of<Fnv1a_64>("foobar"), 0x85944171f73967e8);
}

// RFC 3720, appendix B.4, and the check value of the CRC catalogues.
TEST(PublishedValues, Crc32c) {
  std::vector<std::byte> bytes(32);
  const Crc32c hash({}, 0);
  EXPECT_EQ(hash(bytes), 0x8a9136aa);
  std::fill(bytes.begin(), bytes.end(), std::byte{0xff});
  EXPECT_EQ(hash(bytes), 0x62a8ab43);
  bytes = ascending(32);
  EXPECT_EQ(hash(bytes), 0x46dd794e);
  std::reverse(bytes.begin(), bytes.end());
  EXPECT_EQ(hash(bytes), 0x113fdb5c);
  EXPECT_EQ(digest_of<Crc32c>("123456789"), 0xe3069283);
  // The seed is the CRC of what came before.
  EXPECT_EQ(digest_of<Crc32c>("56789", digest_of<Crc32c>("1234")), 0xe3069283);
}

// Aumasson and Bernstein 2012, appendix A; the rest of their vectors; Rust's for 1-3.
TEST(PublishedValues, SipHash) {
  const std::uint64_t key[] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
  const SipHash24 sip24{std::span<const std::uint64_t, 2>(key)};
  EXPECT_EQ(sip24(ascending(15)), 0xa129ca6149be45e5);
  EXPECT_EQ(sip24(ascending(0)), 0x726fdb47dd0e0e31);
  EXPECT_EQ(sip24(ascending(1)), 0x74f839c593dc67fd);
  const SipHash13 sip13{std::span<const std::uint64_t, 2>(key)};
  EXPECT_EQ(sip13(ascending(0)), 0xabac0158050fc4dc);
  EXPECT_EQ(sip13(ascending(1)), 0xc9f49bf37d57ca93);
}

// FIPS 180's examples.
TEST(PublishedValues, Sha256) {
  EXPECT_EQ(hex_of<Sha256Hash>(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_of<Sha256Hash>("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_of<Sha256Hash>("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

// BLAKE3-team/BLAKE3, test_vectors.json: bytes counted modulo 251.
TEST(PublishedValues, Blake3) {
#if KVSIM_BLAKE3
  const auto hex_up_to = [](std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text.push_back(static_cast<char>(i % 251));
    return hex_of<Blake3>(text);
  };
  EXPECT_EQ(hex_up_to(0), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
  EXPECT_EQ(hex_up_to(1), "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213");
  EXPECT_EQ(hex_up_to(1024), "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7");
  EXPECT_EQ(hex_up_to(1025), "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444");
  EXPECT_EQ(hex_up_to(2048), "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a");
#else
  GTEST_SKIP() << "built without blake3";
#endif
}

// The constant that multiplies, and its bits from the top: 1001 1110 0011 …
TEST(PublishedValues, Fibonacci) {
  const std::uint64_t one = 1;
  const std::uint64_t digest = Fibonacci({}, 0)(std::as_bytes(std::span(&one, 1)));
  EXPECT_EQ(digest & 0xfff, 0xc79);
}

// What CPython 3.11.7 itself prints for hash((parent, tokens)) & (2**64 - 1).
TEST(PublishedValues, CPython) {
  const auto hash = [](std::int64_t parent, const std::vector<std::uint32_t>& tokens) {
    std::vector<std::byte> key(8 + 4 * tokens.size());
    std::memcpy(key.data(), &parent, 8);
    if (!tokens.empty()) std::memcpy(key.data() + 8, tokens.data(), 4 * tokens.size());
    return CPython({}, 0)(key);
  };
  std::vector<std::uint32_t> sixteen(16);
  std::iota(sixteen.begin(), sixteen.end(), 0U);
  EXPECT_EQ(hash(0, {}), 0xb7f5e7620b18f405);
  EXPECT_EQ(hash(0, {1, 2, 3}), 0x87e0438bafa8fff9);
  EXPECT_EQ(hash(-1, {0}), 0xc12ff29f92f7f40f);
  EXPECT_EQ(hash(-2, {0}), hash(-1, {0}));
  EXPECT_EQ(hash(-2, {4294967295}), 0xc4aeace9f226c9d9);
  EXPECT_EQ(hash((std::int64_t{1} << 61) - 1, {5}), 0x9cf1f884ab44a53f);
  EXPECT_EQ(hash(std::numeric_limits<std::int64_t>::min(), sixteen), 0xaadd69ff30d8bd33);
  EXPECT_EQ(hash(std::numeric_limits<std::int64_t>::max(), {128000, 9906, 1917}),
            0xa189a1e90e6a691c);
  EXPECT_EQ(hash(-(std::int64_t{1} << 61), {7, 7}), 0x0f8dc7b3d62d7cd6);
}

}  // namespace
}  // namespace kvsim
