#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace kvsim {

/// A file that appears whole or not at all: written under a temporary name beside it, renamed by
/// commit(). The path "-" is standard output. Every failure is an InputError that names the path.
class OutputFile {
 public:
  /// Creates the temporary file at once, so that a path that cannot be written is refused before
  /// hours of work rather than after.
  explicit OutputFile(std::filesystem::path path);
  /// Without commit(), leaves what was there before.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view text);
  void commit();

 private:
  bool is_stdout() const { return path_ == "-"; }
  [[noreturn]] void fail(std::string_view doing, int error);

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::FILE* file_ = nullptr;
};

/// Throws InputError unless a file could be written at `path`; leaves nothing behind.
void check_writable(const std::filesystem::path& path);

}  // namespace kvsim
