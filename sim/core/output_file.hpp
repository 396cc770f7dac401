#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace kvsim {

/// A file that appears whole or not at all: written under a temporary name beside its place, and
/// renamed by commit(). Without commit() nothing stays. A device or pipe is written as it is. All
/// functions throw InputError naming the file where the system refuses.
class OutputFile {
 public:
  explicit OutputFile(const std::filesystem::path& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view text);
  void write_u64(std::uint64_t value);
  /// Bytes written so far.
  std::uint64_t size() const { return size_; }
  /// Replaces bytes written before, from `offset` on.
  void overwrite(std::uint64_t offset, std::string_view bytes);

  void commit();

 private:
  void flush();
  void write_all(std::string_view bytes);
  [[noreturn]] void fail(std::string_view what) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int fd_ = -1;
  std::string buffer_;
  std::uint64_t size_ = 0;
};

}  // namespace kvsim
