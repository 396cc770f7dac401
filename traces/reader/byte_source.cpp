#include "traces/reader/byte_source.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sim/core/error.hpp"
#include "traces/reader/decompressor.hpp"

namespace kvsim {

namespace {

/// Bytes as they are. A file's are read, not looked at where it is mapped: pages of a mapping cost
/// more than a copy into a buffer that stays in the processor's caches, and stay in memory.
class PlainSource final : public ByteSource {
 public:
  PlainSource(MappedFile file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  std::size_t read(std::span<char> out) override {
    const std::size_t n = std::min(out.size(), file_.bytes.size() - position_);
    if (n == 0) return 0;
    const std::size_t done = file_.descriptor >= 0 ? read_file(out.first(n)) : n;
    if (file_.descriptor < 0) std::memcpy(out.data(), file_.bytes.data() + position_, n);
    position_ += done;
    return done;
  }
  std::optional<std::span<const char>> bytes() const override { return file_.bytes; }
  std::shared_ptr<const void> owner() const override { return file_.owner; }

 private:
  std::size_t read_file(std::span<char> out) const {
    for (;;) {
      const ssize_t n =
          ::pread(file_.descriptor, out.data(), out.size(), static_cast<off_t>(position_));
      if (n > 0) return static_cast<std::size_t>(n);
      if (n < 0 && errno == EINTR) continue;
      throw InputError(fmt::format("{}: cannot be read at byte {}: {}", name_, position_,
                                   n < 0 ? std::strerror(errno) : "it has become shorter"));
    }
  }

  MappedFile file_;
  std::string name_;
  std::size_t position_ = 0;
};

std::unique_ptr<ByteSource> source_over(MappedFile file, std::string name) {
  switch (detect_compression(file.bytes)) {
    case Compression::kGzip:
      return gzip_source(file.bytes, std::move(name), std::move(file.owner));
    case Compression::kZstd:
      return zstd_source(file.bytes, std::move(name), std::move(file.owner));
    case Compression::kXz:
      return xz_source(file.bytes, std::move(name), std::move(file.owner));
    case Compression::kPlain:
      break;
  }
  return std::make_unique<PlainSource>(std::move(file), std::move(name));
}

bool begins_with(std::span<const char> content, std::string_view magic) {
  return content.size() >= magic.size() &&
         std::memcmp(content.data(), magic.data(), magic.size()) == 0;
}

}  // namespace

std::vector<std::filesystem::path> folder_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file() && !entry.path().filename().string().starts_with('.')) {
      files.push_back(entry.path());
    }
  }
  if (error) {
    throw InputError(fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
  }
  if (files.empty()) throw InputError(fmt::format("{}: holds no file", folder.string()));
  std::sort(files.begin(), files.end());
  return files;
}

Compression detect_compression(std::span<const char> content) {
  using namespace std::string_view_literals;
  if (begins_with(content, "\x1f\x8b\x08"sv)) return Compression::kGzip;
  if (begins_with(content, "\x28\xb5\x2f\xfd"sv)) return Compression::kZstd;
  // A zstd file may begin with a skippable frame, 0x184D2A50 to 0x184D2A5F.
  if (content.size() >= 4 && (static_cast<unsigned char>(content[0]) & 0xf0u) == 0x50u &&
      begins_with(content.subspan(1), "\x2a\x4d\x18"sv)) {
    return Compression::kZstd;
  }
  if (begins_with(content, "\xfd\x37\x7a\x58\x5a\x00"sv)) return Compression::kXz;
  return Compression::kPlain;
}

std::unique_ptr<ByteSource> open_source(const std::filesystem::path& path) {
  MappedFile file = map_file(path);
  if (!file.bytes.empty()) {
    ::madvise(const_cast<char*>(file.bytes.data()), file.bytes.size(), MADV_SEQUENTIAL);
  }
  return source_over(std::move(file), path.string());
}

std::unique_ptr<ByteSource> memory_source(std::span<const char> content, std::string name) {
  return source_over({content, -1, nullptr}, std::move(name));
}

}  // namespace kvsim
