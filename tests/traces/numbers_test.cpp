#include "traces/reader/numbers.hpp"

#include <gtest/gtest.h>

#include "traces/reader/open_trace.hpp"
#include "traces/reader/sniff.hpp"

namespace kvsim {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

TEST(Numbers, IntegersUpTo64Bits) {
  EXPECT_EQ(parse_u64("0"), 0u);
  EXPECT_EQ(parse_u64("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_u64("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_u64("99999999999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_u64("00000000000000000000000000000007"), 7u);
  EXPECT_EQ(parse_u64(""), std::nullopt);
  EXPECT_EQ(parse_u64("-1"), std::nullopt);
  EXPECT_EQ(parse_u64("+1"), std::nullopt);
  EXPECT_EQ(parse_u64("1 "), std::nullopt);
}

TEST(Numbers, TakingLeavesTheRest) {
  std::string_view text = "12 34";
  EXPECT_EQ(take_u64(text), 12u);
  EXPECT_EQ(text, " 34");
}

TEST(Numbers, TimesAreExactToTheNanosecond) {
  EXPECT_EQ(parse_time("82", kSecond), 82'000'000'000);
  EXPECT_EQ(parse_time("0.000000001", kSecond), 1);
  EXPECT_EQ(parse_time("1700000000.123456789", kSecond), 1'700'000'000'123'456'789);
  EXPECT_EQ(parse_time("1.5", 1'000'000), 1'500'000);
  EXPECT_EQ(parse_time("1.5e3", kSecond), 1'500'000'000'000);
  EXPECT_EQ(parse_time("7.9", 1), 7);
  for (const char* bad : {"", "-1", "abc", "1x", "nan", "inf", "1e30", "99999999999"}) {
    EXPECT_EQ(parse_time(bad, kSecond), std::nullopt) << bad;
  }
}

TEST(Numbers, DatesAndTimes) {
  EXPECT_EQ(parse_date_time("1970-01-01 00:00:01"), 1'000'000'000);
  EXPECT_EQ(parse_date_time("2023-11-16 18:17:03.9799600"), 1'700'158'623'979'960'000);
  EXPECT_EQ(parse_date_time("2023-11-16T18:17:03.97996Z"), 1'700'158'623'979'960'000);
  EXPECT_EQ(parse_date_time("2023-11-16 20:17:03.97996+02:00"), 1'700'158'623'979'960'000);
  EXPECT_EQ(parse_date_time("2023-11-16 18:17:03.97996+00:00"), 1'700'158'623'979'960'000);
  for (const char* bad :
       {"", "2023-11-16", "2023-13-16 00:00:00", "2023-02-30 00:00:00", "2023-11-16 24:00:00",
        "2023-11-16 18:17:03 x", "1-1-1 0:0:0", "2023-11-16 18:17:03+", "1969-01-01 00:00:00"}) {
    EXPECT_EQ(parse_date_time(bad), std::nullopt) << bad;
  }
}

TEST(Sniff, ShapeOfAJsonObjectEvenIfCutOff) {
  const JsonShape shape(R"({"a": {"b": 1, "x": [1, {"y": 2}]}, "c\"d": "e,f", "g": [1, 2, 3, 4)");
  EXPECT_EQ(shape.value("a"), '{');
  EXPECT_EQ(shape.value("g"), '[');
  EXPECT_FALSE(shape.has("b"));
  EXPECT_FALSE(shape.has("y"));
  EXPECT_FALSE(shape.has("e,f"));
  EXPECT_FALSE(JsonShape("[1]").has("a"));
  EXPECT_FALSE(JsonShape("").has("a"));
}

TEST(Names, LoseFolderAndExtensions) {
  EXPECT_EQ(trace_name("/data/x.rle.jsonl.xz"), "x");
  EXPECT_EQ(trace_name("sharegpt-llama-3.1-8b-300-sps10.jsonl"), "sharegpt-llama-3.1-8b-300-sps10");
  EXPECT_EQ(trace_name("folder/sessions/"), "sessions");
  EXPECT_EQ(trace_name(".hidden"), ".hidden");
}

}  // namespace
}  // namespace kvsim
