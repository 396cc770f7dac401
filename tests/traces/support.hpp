#pragma once
// What the tests of traces share.

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/reader/open_trace.hpp"
#include "traces/trace.hpp"

namespace kvsim::test {

std::string gzip(std::string_view text);
std::string zstd(std::string_view text);
std::string xz(std::string_view text);

/// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Writes a file into the folder.
  std::filesystem::path write(const std::string& name, std::string_view content) const;
  std::vector<std::string> names() const;

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);

/// Content as a trace, from memory.
Trace read(std::string_view content, const std::string& format = "", bool skip_errors = false);

/// The InputError's message, or "" if none was thrown.
std::string error_of(std::string_view content, const std::string& format = "");

/// The folder of public traces; nullopt where it is absent.
std::optional<std::filesystem::path> shared_traces();

/// The slots of a request.
std::vector<Slot> slots_of(const BlockColumns& blocks, std::uint64_t request);

template <class T>
std::vector<T> values(const Column<T>& column) {
  return std::vector<T>(column.begin(), column.end());
}

/// Fails unless both traces carry the same columns with the same values.
void expect_equal(const Trace& a, const Trace& b);

/// One record as oracle_general stores it.
std::string oracle_record(std::uint32_t time, std::uint64_t id, std::uint32_t size,
                          std::int64_t next);
std::string int32_record(std::uint32_t id);

}  // namespace kvsim::test
