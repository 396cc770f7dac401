#include <gtest/gtest.h>

#include "experiments/config.hpp"
#include "sim/core/error.hpp"

namespace kvsim {
namespace {

struct Reads {
  const char* text;
  std::uint32_t distinct;
  std::uint64_t blocks;
};

// Of a trace of 16-token blocks that take 1000 bytes each.
Capacity resolve(const char* text, std::uint32_t distinct, std::uint32_t block_bytes = 1000) {
  static const Trace trace = [] {
    Trace t;
    t.name = "t";
    return t;
  }();
  AccessStream stream;
  stream.trace = &trace;
  stream.distinct = distinct;
  stream.block_size = 16;
  return resolve_capacity(parse_capacity(text), stream, block_bytes);
}

std::string error_of(const char* text) {
  try {
    (void)resolve(text, 100);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Capacity, ReadsEachUnit) {
  const Reads cases[] = {
      {"1", 5, 1},
      {"1000", 5, 1000},
      // Shares are exact decimals, rounded down, at least 1.
      {"10%", 182'790, 18'279},
      {"29%", 100, 29},
      {"0.1%", 182'790, 182},
      {"33.333333%", 3, 1},
      {"100%", 7, 7},
      {"1%", 7, 1},
      {"4Mtok", 5, 250'000},
      {"0.5ktok", 5, 31},
      {"17tok", 5, 1},
      {"4096B", 5, 4},
      {"1kB", 5, 1},
      {"1KiB", 5, 1},
      {"8GiB", 5, 8'589'934},
      {"1.5MB", 5, 1500},
  };
  for (const Reads& c : cases) {
    EXPECT_EQ(resolve(c.text, c.distinct).units, c.blocks) << c.text;
  }
}

TEST(Capacity, SaysWhatItKnowsInEachUnit) {
  const Capacity known = resolve("10%", 500);
  EXPECT_EQ(known.result.blocks, 50u);
  EXPECT_EQ(known.result.bytes, 50'000u);
  EXPECT_DOUBLE_EQ(*known.result.share, 0.1);
  const Capacity larger = resolve("2000", 500, 0);
  EXPECT_FALSE(larger.result.bytes);
  EXPECT_DOUBLE_EQ(*larger.result.share, 4);
}

TEST(Capacity, WeighsBytesWhereObjectsHaveSizes) {
  Trace trace;
  AccessStream stream;
  stream.trace = &trace;
  stream.distinct = 2;
  stream.bytes = std::vector<std::uint32_t>{100, 200};
  const Capacity capacity = resolve_capacity(parse_capacity("250B"), stream, 0);
  EXPECT_TRUE(capacity.weigh_bytes);
  EXPECT_EQ(capacity.units, 250u);
  EXPECT_EQ(capacity.result.bytes, 250u);
  EXPECT_FALSE(capacity.result.blocks);
  // A count counts each object as 1, whatever its size.
  EXPECT_FALSE(resolve_capacity(parse_capacity("2"), stream, 0).weigh_bytes);
}

TEST(Capacity, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "0",
                           "-1",
                           "+5",
                           "1.5",
                           "ten",
                           "10 %",
                           "1e6",
                           ".5%",
                           "5.%",
                           "0%",
                           "101%",
                           "8Gib",
                           "1,000",
                           "9999999999999999999",
                           "999999999999999999TiB",
                           "10%%",
                           "nan",
                           "0x10",
                           "1..5%"}) {
    EXPECT_NE(error_of(text), "") << text;
  }
  EXPECT_NE(error_of("8Gib").find("did you mean '8GiB'"), std::string::npos);
  EXPECT_NE(error_of("4mtok").find("did you mean '4Mtok'"), std::string::npos);
}

TEST(Capacity, RefusesWhatTheTraceCannotSay) {
  EXPECT_NE(error_of("15tok").find("less than one block"), std::string::npos);
  EXPECT_NE(error_of("999B").find("less than one block"), std::string::npos);
  EXPECT_THROW((void)resolve("8GiB", 5, 0), InputError);
  Trace trace;
  AccessStream objects;
  objects.trace = &trace;
  objects.distinct = 2;
  EXPECT_THROW((void)resolve_capacity(parse_capacity("4Mtok"), objects, 0), InputError);
}

TEST(Capacity, KnowsWhichAreEqual) {
  const auto same = [](const char* a, const char* b) {
    return identity_of(parse_capacity(a)) == identity_of(parse_capacity(b));
  };
  EXPECT_TRUE(same("1GiB", "1024MiB"));
  EXPECT_TRUE(same("10%", "10.0%"));
  EXPECT_TRUE(same("1000", "1000"));
  EXPECT_FALSE(same("1000", "1000B"));
  EXPECT_FALSE(same("1GB", "1GiB"));
}

TEST(Capacity, ReadsSizes) {
  EXPECT_EQ(parse_bytes("8GiB"), 8ull << 30);
  EXPECT_EQ(parse_bytes("4096"), 4096u);
  EXPECT_THROW((void)parse_bytes("10%"), InputError);
  EXPECT_THROW((void)parse_bytes("0"), InputError);
  EXPECT_THROW((void)parse_bytes("4Mtok"), InputError);
}

}  // namespace
}  // namespace kvsim
