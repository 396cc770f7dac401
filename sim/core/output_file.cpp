#include "sim/core/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20;

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path) : path_(path) {
  static std::atomic<unsigned> files{0};
  std::error_code error;
  // What a link leads to is replaced, not the link.
  if (std::filesystem::is_symlink(path_, error)) {
    const auto target = std::filesystem::canonical(path_, error);
    if (!error) path_ = target;
  }
  const auto status = std::filesystem::status(path_, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd_ < 0) fail("cannot be opened for writing");
    return;
  }
  do {
    temporary_ = path_.string() + fmt::format(".tmp-{}-{}", ::getpid(), files++);
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (fd_ < 0 && errno == EEXIST);
  if (fd_ < 0) fail("cannot be created");
}

OutputFile::~OutputFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::fail(std::string_view what) const {
  throw InputError(fmt::format("{}: {}: {}", path_.string(), what, std::strerror(errno)));
}

void OutputFile::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      fail("cannot be written");
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void OutputFile::flush() {
  write_all(buffer_);
  buffer_.clear();
}

void OutputFile::write(std::string_view text) {
  size_ += text.size();
  if (buffer_.size() + text.size() > kBuffer) flush();
  if (text.size() >= kBuffer) {
    write_all(text);
  } else {
    buffer_.append(text);
  }
}

void OutputFile::write_u64(std::uint64_t value) {
  const fmt::format_int digits(value);
  write({digits.data(), digits.size()});
}

void OutputFile::overwrite(std::uint64_t offset, std::string_view bytes) {
  flush();
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0) {
      if (errno == EINTR) continue;
      fail("cannot be written");
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
}

void OutputFile::commit() {
  flush();
  if (!temporary_.empty() && ::rename(temporary_.c_str(), path_.c_str()) != 0)
    fail("cannot be renamed to its place");
  ::close(fd_);
  fd_ = -1;
}

}  // namespace kvsim
