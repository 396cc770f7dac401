#include "model/workload/content_files.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"

namespace kvsim {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// The members as a tar archive, or where `tar` is false, the only one as it is; compressed.
std::string packed(const Members& members, int filter, bool tar = true) {
  std::string bytes(std::size_t{16} << 20, '\0');
  std::size_t used = 0;
  archive* a = archive_write_new();
  if (tar) {
    archive_write_set_format_pax_restricted(a);
  } else {
    archive_write_set_format_raw(a);
  }
  archive_write_add_filter(a, filter);
  archive_write_set_bytes_in_last_block(a, 1);
  archive_write_open_memory(a, bytes.data(), bytes.size(), &used);
  for (const auto& [path, content] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, path.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry, path.back() == '/' ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(a, entry);
    archive_write_data(a, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(a);
  archive_write_free(a);
  bytes.resize(used);
  return bytes;
}

Members contents(const std::string& bytes, std::size_t most = kMaxWorkloadBytes) {
  Members found;
  for_each_content(
      bytes, "file",
      [&](const std::string& name, std::string_view content) { found.emplace_back(name, content); },
      most);
  return found;
}

std::string error_of(const std::string& bytes, std::size_t most = kMaxWorkloadBytes) {
  try {
    contents(bytes, most);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(ContentFiles, APlainFileIsItself) {
  EXPECT_THAT(contents("some text\n"), ElementsAre(Pair("file", "some text\n")));
  EXPECT_THAT(contents(""), ElementsAre(Pair("file", "")));
}

TEST(ContentFiles, EveryCompressionIsUndone) {
  for (const int filter : {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ,
                           ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_NONE}) {
    EXPECT_THAT(contents(packed({{"a", "{\"turns\": []}\n"}}, filter, false)),
                ElementsAre(Pair("file", "{\"turns\": []}\n")))
        << filter;
  }
}

TEST(ContentFiles, AnArchiveIsItsJsonFilesInOrder) {
  const std::string bytes = packed({{"x/", ""},
                                    {"x/b.jsonl", "2"},
                                    {"x/LICENSE", "do as you like"},
                                    {"x/._b.jsonl", "hidden"},
                                    {"x/a.json", "1"}},
                                   ARCHIVE_FILTER_XZ);
  EXPECT_THAT(contents(bytes),
              ElementsAre(Pair("file/x/b.jsonl", "2"), Pair("file/x/a.json", "1")));
  EXPECT_EQ(error_of(packed({{"README", "text"}}, ARCHIVE_FILTER_GZIP)),
            "file: holds no .json, .jsonl or .ndjson file");
}

TEST(ContentFiles, WhatIsLargeUnpackedIsRefused) {
  const std::string zeros(1'000'000, '0');
  const std::string bomb = packed({{"a", zeros}}, ARCHIVE_FILTER_ZSTD, false);
  ASSERT_LT(bomb.size(), 1'000U);
  EXPECT_EQ(error_of(bomb, 1'000'000), "");
  EXPECT_EQ(error_of(bomb, 999'999), "file: holds more than 999999 bytes, the most allowed");
  // All members together, also those that are passed over.
  const std::string tar = packed({{"a.json", zeros}, {"b.bin", zeros}}, ARCHIVE_FILTER_ZSTD);
  EXPECT_EQ(error_of(tar, 2'200'000), "");
  EXPECT_EQ(error_of(tar, 1'500'000), "file: holds more than 1500000 bytes, the most allowed");
}

TEST(ContentFiles, DamageIsNamed) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919 % 10'007);
  for (const int filter : {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD}) {
    const std::string whole = packed({{"a", text}}, filter, false);
    EXPECT_THAT(error_of(whole.substr(0, whole.size() / 2)),
                HasSubstr("file: cannot be decompressed"))
        << filter;
  }
  const std::string tar = packed({{"a.json", text}}, ARCHIVE_FILTER_NONE);
  EXPECT_THAT(error_of(tar.substr(0, tar.size() / 2)), HasSubstr("file: cannot be decompressed"));
}

}  // namespace
}  // namespace kvsim
