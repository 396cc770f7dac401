#include "sim/core/output_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "sim/core/error.hpp"

namespace kvsim {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  static std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_ = fs::temp_directory_path() / ("kvsim_output_" + std::to_string(::getpid()));
};

TEST_F(OutputFileTest, AppearsWholeOrNotAtAll) {
  const fs::path path = folder_ / "out";
  {
    OutputFile file(path);
    file.write("half");
  }
  EXPECT_EQ(files(), 0U);
  OutputFile file(path);
  file.write("whole");
  EXPECT_FALSE(fs::exists(path));
  file.commit();
  EXPECT_EQ(content(path), "whole");
  EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFileTest, ReplacesWhatALinkLeadsTo) {
  std::ofstream(folder_ / "target") << "old";
  fs::create_symlink("target", folder_ / "link");
  OutputFile file(folder_ / "link");
  file.write("new");
  file.commit();
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(content(folder_ / "target"), "new");
}

TEST_F(OutputFileTest, WritesADeviceAsItIs) {
  OutputFile file("/dev/null");
  file.write("gone");
  file.commit();
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(OutputFileTest, RefusesAFolderAndAMissingOne) {
  EXPECT_THROW(OutputFile file(folder_), InputError);
  EXPECT_THROW(OutputFile file(folder_ / "no" / "out"), InputError);
}

}  // namespace
}  // namespace kvsim
