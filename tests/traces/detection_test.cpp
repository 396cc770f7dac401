#include <gtest/gtest.h>

#include <random>

#include "sim/core/error.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

std::string message_of(std::string_view content) {
  try {
    return "is " + detect_format(content, "f");
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST(Detection, NothingIsNoTrace) {
  for (const char* content : {"", "\n\n", "  "}) {
    EXPECT_NE(message_of(content).find("f: is empty"), std::string::npos) << content;
  }
}

TEST(Detection, UnknownContentNamesTheFormats) {
  for (const char* content :
       {"hello world\n", "{\"a\": 1}\n", "[1, 2]\n", "a,b\n1,2\n", "1 2 3\n"}) {
    const std::string message = message_of(content);
    EXPECT_NE(message.find("no known trace format"), std::string::npos) << message;
    EXPECT_NE(message.find("mooncake"), std::string::npos) << message;
    EXPECT_NE(message.find("--format csv:id=NAME"), std::string::npos) << message;
  }
}

TEST(Detection, RecordsOfObjectsThatLeadToEachOther) {
  // Accesses counted from 0, as some writers do.
  EXPECT_EQ(message_of(test::oracle_record(1, 7, 10, 2) + test::oracle_record(1, 8, 10, -1) +
                       test::oracle_record(1, 7, 10, INT64_MAX)),
            "is oracle_general");
}

TEST(Detection, RecordsThatProveNothingAreAmbiguous) {
  const std::string message =
      message_of(test::oracle_record(1, 7, 10, -1) + test::oracle_record(1, 8, 10, -1));
  EXPECT_NE(message.find("may be oracle_general or int32"), std::string::npos) << message;
  EXPECT_NE(message.find("--format"), std::string::npos) << message;
}

TEST(Detection, RecordsThatContradictThemselvesAreNone) {
  const std::string message =
      message_of(test::oracle_record(9, 7, 10, -1) + test::oracle_record(1, 8, 10, -1));
  EXPECT_NE(message.find("may be int32; name the format"), std::string::npos) << message;
  EXPECT_EQ(message_of(test::oracle_record(1, 7, 10, 2) + test::oracle_record(1, 8, 10, -1) +
                       test::oracle_record(1, 9, 10, -1)),
            "is int32");
}

TEST(Detection, RandomBytesAreNone) {
  std::mt19937 random(4);
  std::string bytes;
  for (int i = 0; i < 24000; ++i) bytes += static_cast<char>(random() & 0xff);
  EXPECT_NE(message_of(bytes).find("no known trace format"), std::string::npos);
}

TEST(Detection, FewRandomBytesAreNone) {
  std::mt19937 random(4);
  for (int records = 1; records <= 64; ++records) {
    std::string bytes = "\x01";  // no text
    while (bytes.size() < 4 * static_cast<std::size_t>(records)) {
      bytes += static_cast<char>(random() & 0xff);
    }
    EXPECT_NE(message_of(bytes).find("--format"), std::string::npos) << records;
  }
}

TEST(Detection, IntegersAreLikelyWhereIdsComeBackOrFollowEachOther) {
  std::string loop, scan, scattered;
  for (std::uint32_t i = 0; i < 64; ++i) {
    loop += test::int32_record(i % 20 * 977);
    scan += test::int32_record(100'000 + i);
    scattered += test::int32_record(i * i * 977 % 1'000'003);
  }
  EXPECT_EQ(message_of(loop), "is int32");
  EXPECT_EQ(message_of(scan), "is int32");
  EXPECT_NE(message_of(scattered).find("may be int32"), std::string::npos);
}

TEST(Detection, LooksIntoCompressedContentAndNotAtNames) {
  EXPECT_EQ(detect_format(test::xz("1 1 0 0\n"), "x.jsonl"), "lis");
}

TEST(Detection, UnknownNamesAreRefusedWithTheNearest) {
  const std::string message = test::error_of("1\n", "moncake");
  EXPECT_NE(message.find("did you mean 'mooncake'"), std::string::npos) << message;
}

TEST(Detection, OptionsAreChecked) {
  EXPECT_NE(test::error_of("1\n", "ids:x=1").find("takes no parameters"), std::string::npos);
  EXPECT_NE(test::error_of("1\n", "tokens:block_size=16").find("--block-size"), std::string::npos);
  EXPECT_NE(test::error_of("1\n", "csv:ids=1").find("did you mean 'id'"), std::string::npos);
  EXPECT_NE(test::error_of("1\n", "csv:id").find("allowed is name=value"), std::string::npos);
  EXPECT_NE(test::error_of("1\n", "csv:time_unit=h").find("s, ms, us, ns"), std::string::npos);
}

TEST(Detection, BlockSizeIsRefusedWhereItIsFixed) {
  OpenOptions options;
  options.block_size = 16;
  EXPECT_THROW(read_trace(std::string_view("1\n2\n"), "t", options), InputError);
}

TEST(Detection, AccessesAreBounded) {
  OpenOptions options;
  options.max_accesses = 10;
  EXPECT_EQ(read_trace(std::string_view("1 10 0 0\n"), "t", options).requests.count, 10u);
  EXPECT_THROW(read_trace(std::string_view("1 11 0 0\n"), "t", options), InputError);
  EXPECT_THROW(read_trace(std::string_view("1 6 0 0\n1 5 0 0\n"), "t", options), InputError);
}

}  // namespace
}  // namespace kvsim
