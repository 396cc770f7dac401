#include "sim/metrics/output_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "sim/core/error.hpp"

namespace kvsim {

OutputFile::OutputFile(std::filesystem::path path) : path_(std::move(path)) {
  if (is_stdout()) {
    file_ = stdout;
    return;
  }
  std::error_code ignored;
  if (path_.empty() || std::filesystem::is_directory(path_, ignored)) {
    throw InputError(fmt::format("'{}': cannot be written: a folder, not a file", path_.string()));
  }
  temporary_ = path_;
  temporary_ += fmt::format(".tmp-{}", getpid());
  file_ = std::fopen(temporary_.c_str(), "wb");
  if (file_ == nullptr) fail("written", errno);
}

OutputFile::~OutputFile() {
  if (is_stdout() || temporary_.empty()) return;
  if (file_ != nullptr) std::fclose(file_);
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void OutputFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail("written", errno);
}

void OutputFile::commit() {
  if (is_stdout()) {
    if (std::fflush(file_) != 0) fail("written", errno);
    return;
  }
  const int failed = std::fclose(std::exchange(file_, nullptr));
  if (failed != 0) fail("written", errno);
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail("renamed into place", errno);
  temporary_.clear();
}

void OutputFile::fail(std::string_view doing, int error) {
  throw InputError(fmt::format("{}: cannot be {}: {}",
                               is_stdout() ? "standard output" : path_.string(), doing,
                               std::strerror(error)));
}

void check_writable(const std::filesystem::path& path) { OutputFile probe(path); }

}  // namespace kvsim
