#include "sim/core/column_builder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "sim/core/error.hpp"

namespace kvsim {
namespace {

namespace fs = std::filesystem;

class ColumnBuilderTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_ = fs::temp_directory_path() / ("kvsim_columns_" + std::to_string(::getpid()));
};

/// Values enough to lie on the heap, in pages of their own and, with a folder, in a file.
constexpr std::uint64_t kMany = GrowingMemory::kInMemory / sizeof(std::uint64_t) * 7 / 4;

/// Appends in pieces of all sizes and compares at every stage at which the array may have moved.
Column<std::uint64_t> fill(ColumnBuilder<std::uint64_t> builder) {
  std::vector<std::uint64_t> piece;
  while (builder.size() < kMany) {
    const std::uint64_t first = builder.size();
    piece.resize(std::min(kMany - first, 1 + first / 3));
    std::iota(piece.begin(), piece.end(), first);
    builder.append(piece);
    for (const std::uint64_t i : {std::uint64_t{0}, first / 2, first, builder.size() - 1}) {
      EXPECT_EQ(builder[i], i);
    }
  }
  return builder.take();
}

void expect_all(const Column<std::uint64_t>& column) {
  ASSERT_EQ(column.size(), kMany);
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kMany; ++i) wrong += column[i] != i ? 1 : 0;
  EXPECT_EQ(wrong, 0u);
}

TEST_F(ColumnBuilderTest, GrowsInMemory) {
  const Column<std::uint64_t> column = fill({});
  EXPECT_FALSE(column.in_file());
  expect_all(column);
}

TEST_F(ColumnBuilderTest, GrowsIntoAFileThatNobodySees) {
  const Column<std::uint64_t> column = fill(ColumnBuilder<std::uint64_t>(folder_));
  EXPECT_TRUE(column.in_file());
  EXPECT_TRUE(fs::is_empty(folder_));
  expect_all(column);
}

TEST_F(ColumnBuilderTest, MemoryOfAFileComesBack) {
  const Column<std::uint64_t> column = fill(ColumnBuilder<std::uint64_t>(folder_));
  release_file_memory(column.data() + 5, (kMany - 9) * sizeof(std::uint64_t));
  expect_all(column);
}

TEST_F(ColumnBuilderTest, ShortColumnsStayInMemory) {
  ColumnBuilder<std::uint32_t> builder(folder_);
  builder.push_back(3);
  builder.resize(5, 9);
  builder.resize(2, 1);
  const Column<std::uint32_t> column = builder.take();
  EXPECT_FALSE(column.in_file());
  EXPECT_EQ(std::vector<std::uint32_t>(column.begin(), column.end()),
            (std::vector<std::uint32_t>{3, 9, 9, 9, 9}));
  EXPECT_TRUE(builder.empty());
  EXPECT_TRUE(builder.take().empty());
}

TEST_F(ColumnBuilderTest, NamesTheFolderThatCannotHoldIt) {
  ColumnBuilder<std::uint64_t> builder(folder_ / "absent");
  try {
    builder.resize(kMany, 0);
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("absent"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace kvsim
