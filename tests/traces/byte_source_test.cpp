#include "traces/reader/byte_source.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "sim/core/error.hpp"
#include "tests/traces/support.hpp"
#include "traces/reader/input.hpp"

namespace kvsim {
namespace {

std::string drain(ByteSource& source, std::size_t piece) {
  std::string all, part(piece, '\0');
  while (const std::size_t n = source.read(part)) all.append(part, 0, n);
  return all;
}

std::string long_text() {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += std::to_string(i * 7919 % 100003) + "\n";
  return text;
}

struct Packer {
  const char* name;
  std::string (*pack)(std::string_view);
};

class EachCompression : public testing::TestWithParam<Packer> {};

TEST_P(EachCompression, GivesBackWhatWasPacked) {
  const std::string text = long_text();
  const std::string packed = GetParam().pack(text);
  for (const std::size_t piece : {std::size_t{100}, std::size_t{1} << 20}) {
    EXPECT_EQ(drain(*memory_source(packed, "f"), piece), text);
  }
}

TEST_P(EachCompression, ReadsMembersBehindEachOther) {
  const std::string packed = GetParam().pack("one\n") + GetParam().pack("two\n");
  EXPECT_EQ(drain(*memory_source(packed, "f"), 3), "one\ntwo\n");
}

TEST_P(EachCompression, ReadsNothing) {
  EXPECT_EQ(drain(*memory_source(GetParam().pack(""), "f"), 10), "");
}

TEST_P(EachCompression, NamesTheFileThatIsTruncated) {
  const std::string packed = GetParam().pack(long_text());
  for (const std::size_t left : {packed.size() - 1, packed.size() / 2, std::size_t{20}}) {
    const std::string cut = packed.substr(0, left);
    try {
      drain(*memory_source(cut, "dir/file.x"), 1000);
      ADD_FAILURE() << "cut to " << left << " of " << packed.size();
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("dir/file.x: truncated"), std::string::npos)
          << error.what();
      EXPECT_NE(std::string(error.what()).find("at byte"), std::string::npos) << error.what();
    }
  }
}

TEST_P(EachCompression, NamesTheFileThatIsCorrupt) {
  std::string packed = GetParam().pack(long_text());
  for (std::size_t i = packed.size() / 2; i < packed.size() / 2 + 50; ++i) packed[i] ^= 0x55;
  try {
    drain(*memory_source(packed, "file.x"), 1000);
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("file.x: corrupt"), std::string::npos) << error.what();
  }
}

TEST_P(EachCompression, TracesAreReadFromFiles) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("loop.trace.any", GetParam().pack("3\n1\n3\n*\n"));
  const Trace trace = open_trace(path);
  EXPECT_EQ(trace.name, "loop");
  EXPECT_EQ(trace.format, "ids");
  EXPECT_EQ(test::values(trace.blocks->slot), (std::vector<Slot>{0, 1, 0}));
}

INSTANTIATE_TEST_SUITE_P(All, EachCompression,
                         testing::Values(Packer{"gzip", test::gzip}, Packer{"zstd", test::zstd},
                                         Packer{"xz", test::xz}),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(ByteSource, RefusesWhatIsNoFile) {
  EXPECT_THROW(open_source("/no/such/file"), InputError);
  EXPECT_THROW(open_source("/dev/null"), InputError);
  // A pipe that nothing writes to: refused, not waited for.
  const auto pipe =
      std::filesystem::temp_directory_path() / ("kvsim_pipe_" + std::to_string(::getpid()));
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW(open_source(pipe), InputError);
  std::filesystem::remove(pipe);
}

TEST(TraceInput, LinesOfEveryKindOfEnd) {
  const std::string text = "a\r\n\nb\nlast";
  TraceInput input(memory_source(text, "f"), "f", {});
  std::vector<std::string> lines;
  std::string_view line;
  while (input.next_line(line)) lines.emplace_back(line);
  EXPECT_EQ(lines, (std::vector<std::string>{"a", "", "b", "last"}));
  EXPECT_EQ(input.line_number(), 4u);
}

TEST(TraceInput, PassesOverAByteOrderMarkOfTextOnly) {
  EXPECT_EQ(test::read("\xef\xbb\xbf"
                       "5\n6\n")
                .format,
            "ids");
  EXPECT_EQ(test::read("\xef\xbb\xbf"
                       R"({"timestamp": 0, "input_token_ids": [1]})")
                .requests.count,
            1u);
  EXPECT_EQ(test::read("\xef\xbb\xbf\x01", "int32").blocks->id[0], 0x01bfbbefu);
}

TEST(TraceInput, LinesLongerThanItsBuffer) {
  const std::string longest(3'000'000, 'x');
  const std::string text = "a\n" + longest + "\nb\n";
  TraceInput input(memory_source(text, "f"), "f", {});
  std::string_view line;
  ASSERT_TRUE(input.next_line(line));
  ASSERT_TRUE(input.next_line(line));
  EXPECT_EQ(line, longest);
  ASSERT_TRUE(input.next_line(line));
  EXPECT_EQ(line, "b");
  EXPECT_FALSE(input.next_line(line));
}

TEST(TraceInput, RefusesALineWithoutEnd) {
  const std::string packed = test::zstd(std::string(TraceInput::kMaxLine + (8u << 20), '7'));
  const std::string message = test::error_of(packed, "ids");
  EXPECT_NE(message.find("trace:1: the line is longer than"), std::string::npos) << message;
}

TEST(ByteSource, AFileThatBecomesShorterIsAnError) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("f", std::string(1 << 20, 'x'));
  const auto source = open_source(path);
  std::string part(1000, '\0');
  EXPECT_EQ(source->read(part), 1000u);
  std::filesystem::resize_file(path, 500);
  try {
    source->read(part);
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("byte 1000: it has become shorter"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace kvsim
