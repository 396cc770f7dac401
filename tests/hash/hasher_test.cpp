#include "sim/hash/hasher.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/core/error.hpp"

namespace kvsim {
namespace {

template <class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const InputError& e) {
    return e.what();
  }
  return "";
}
std::string error_of_name(std::string_view text) {
  return error_of([&] { parse_hash(text); });
}
std::string error_of_seed(const std::string& name, std::uint64_t seed) {
  return error_of([&] { make_hasher({name, {}}, seed); });
}

TEST(ParseHash, ReadsNameAndParameters) {
  EXPECT_EQ(parse_hash("xxh3_64"), (ComponentSpec{"xxh3_64", {}}));
  EXPECT_EQ(label_of(parse_hash("modulo:m=97")), "modulo:m=97");
  EXPECT_EQ(label_of(parse_hash("modulo:m=2305843009213693951")), "modulo");
  const std::vector<ComponentSpec> list = parse_hash_list("modulo:m=97,wyhash, identity");
  ASSERT_EQ(list.size(), 3);
  EXPECT_EQ(list[0].params.size(), 1);
  EXPECT_EQ(list[1].name, "wyhash");
  EXPECT_EQ(list[2].name, "identity");
}

TEST(ParseHash, SaysWhatIsWrong) {
  const std::string unknown = error_of_name("xxh3");
  EXPECT_NE(unknown.find("hash 'xxh3'"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("xxh3_64"), std::string::npos) << unknown;
  const std::string parameter = error_of_name("modulo:q=3");
  EXPECT_NE(parameter.find("hash 'modulo'"), std::string::npos) << parameter;
  EXPECT_NE(parameter.find('q'), std::string::npos) << parameter;
  const std::string range = error_of_name("modulo:m=0");
  EXPECT_NE(range.find("'m' is '0'"), std::string::npos) << range;
  EXPECT_NE(range.find("from 1"), std::string::npos) << range;
  EXPECT_NE(error_of_name("modulo:m=many"), "");
  EXPECT_NE(error_of_name("xxh64:m=3"), "");
  EXPECT_NE(error_of_name(""), "");
}

TEST(MakeHasher, RefusesASeedWhereThereIsNone) {
  for (const ComponentInfo& info : list_hashes()) {
    if (!hash_available(info.name)) continue;
    EXPECT_EQ(error_of_seed(info.name, 0), "") << info.name;
    const std::string error = error_of_seed(info.name, 5);
    EXPECT_EQ(error.empty(), hash_traits(info.name).seeded) << info.name;
    if (!error.empty()) {
      EXPECT_EQ(error, "hash '" + info.name + "': takes no seed, but 5 is given; allowed is 0");
    }
  }
}

TEST(MakeHasher, PassesParametersAndSeedOn) {
  const std::uint64_t word = 1000;
  const auto key = std::as_bytes(std::span(&word, 1));
  EXPECT_EQ(make_hasher(parse_hash("modulo:m=97"), 0)->digest(key), (Digest{{1000 % 97}}));
  EXPECT_NE(make_hasher(parse_hash("xxh64"), 1)->digest(key),
            make_hasher(parse_hash("xxh64"), 2)->digest(key));
}

TEST(HashAvailable, IsAllButWhatThisBuildLacks) {
  EXPECT_THROW(hash_available("md5"), InputError);
  for (const ComponentInfo& info : list_hashes()) {
    if (hash_available(info.name)) continue;
    EXPECT_EQ(info.name, "blake3");
    EXPECT_EQ(error_of_name("blake3"),
              "hash 'blake3': kvsim was built without it; install LLVM's headers and library "
              "(llvm-16-dev) and build again");
    EXPECT_EQ(error_of_seed("blake3", 0), error_of_name("blake3"));
  }
}

}  // namespace
}  // namespace kvsim
