// Every seed of the fuzzers, and every input that once failed, in every build.

#include <gtest/gtest.h>

#include <filesystem>

#include "sim/core/error.hpp"
#include "tests/traces/support.hpp"

namespace kvsim {
namespace {

TEST(FuzzCorpus, IsReadOrRefused) {
  const std::filesystem::path corpus = std::filesystem::path(KVSIM_SOURCE_DIR) / "fuzz" / "corpus";
  std::vector<std::string> formats;
  for (const FormatInfo& format : list_formats()) formats.push_back(format.name);
  int files = 0;
  for (const auto& folder : std::filesystem::directory_iterator(corpus)) {
    const std::string name = folder.path().filename().string();
    const bool is_format = std::find(formats.begin(), formats.end(), name) != formats.end();
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
      ++files;
      for (const bool skip : {false, true}) {
        OpenOptions options;
        options.format = is_format ? name : "";
        options.skip_errors = skip;
        options.max_accesses = 1u << 20;
        try {
          EXPECT_GT(open_trace(file.path(), options).requests.count, 0u);
        } catch (const InputError&) {
        }
      }
    }
  }
  EXPECT_GT(files, 20);
}

}  // namespace
}  // namespace kvsim
