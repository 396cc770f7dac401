#include "sim/cli/text.hpp"

#include <gtest/gtest.h>

#include "sim/cli/progress.hpp"
#include "sim/cli/run_table.hpp"

namespace kvsim::cli {
namespace {

TEST(Text, WrapsAtWords) {
  EXPECT_EQ(wrapped("one two three", 9, 2), "  one two\n  three\n");
  EXPECT_EQ(wrapped("a-word-longer-than-the-line", 5, 0), "a-word-longer-than-the-line\n");
  EXPECT_EQ(described("--x", "says what", 8, 20), "  --x   says what\n");
  EXPECT_EQ(described("--long-name", "says", 8, 20), "  --long-name\n        says\n");
}

TEST(Text, GroupsDigits) {
  EXPECT_EQ(grouped_digits(0), "0");
  EXPECT_EQ(grouped_digits(999), "999");
  EXPECT_EQ(grouped_digits(1000), "1,000");
  EXPECT_EQ(grouped_digits(1234567), "1,234,567");
}

TEST(Text, SplitsLists) {
  EXPECT_EQ(split_list("a,b"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(split_list(""), std::vector<std::string>{""});
  EXPECT_EQ(split_list(" a , b c, "), (std::vector<std::string>{"a", "b c", ""}));
  EXPECT_EQ(split_list(",a"), (std::vector<std::string>{"", "a"}));
}

TEST(Text, AlignsColumns) {
  Table table({{"name", false}, {"n"}});
  table.add({"é", "1"});
  table.add({"longer", "1,000"});
  EXPECT_EQ(table.text(),
            "name        n\n"
            "é           1\n"
            "longer  1,000\n");
}

TEST(ProgressLine, TellsRateAndTimeLeft) {
  Progress progress;
  progress.done = 1;
  progress.total = 4;
  progress.accesses_done = 10e6;
  progress.accesses_left = 30e6;
  progress.seconds = 2;
  EXPECT_EQ(progress_line(progress),
            "[#######-----------------------]  1/4 runs  5.0 M accesses/s  0:06 left");
}

}  // namespace
}  // namespace kvsim::cli
