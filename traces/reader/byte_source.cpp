#include "traces/reader/byte_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sim/core/error.hpp"
#include "traces/reader/decompressor.hpp"

namespace kvsim {

namespace {

class PlainSource final : public ByteSource {
 public:
  PlainSource(std::span<const char> content, std::shared_ptr<const void> owner)
      : content_(content), owner_(std::move(owner)) {}

  std::size_t read(std::span<char> out) override {
    const std::size_t n = std::min(out.size(), content_.size() - position_);
    if (n > 0) std::memcpy(out.data(), content_.data() + position_, n);
    position_ += n;
    return n;
  }
  std::optional<std::span<const char>> bytes() const override { return content_; }
  std::shared_ptr<const void> owner() const override { return owner_; }

 private:
  std::span<const char> content_;
  std::shared_ptr<const void> owner_;
  std::size_t position_ = 0;
};

std::unique_ptr<ByteSource> source_over(std::span<const char> content, std::string name,
                                        std::shared_ptr<const void> owner) {
  switch (detect_compression(content)) {
    case Compression::kGzip:
      return gzip_source(content, std::move(name), std::move(owner));
    case Compression::kZstd:
      return zstd_source(content, std::move(name), std::move(owner));
    case Compression::kXz:
      return xz_source(content, std::move(name), std::move(owner));
    case Compression::kPlain:
      break;
  }
  return std::make_unique<PlainSource>(content, std::move(owner));
}

bool begins_with(std::span<const char> content, std::string_view magic) {
  return content.size() >= magic.size() &&
         std::memcmp(content.data(), magic.data(), magic.size()) == 0;
}

/// Closes a file descriptor at the end of the scope.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

MappedFile map_file(const std::filesystem::path& path) {
  // Without O_NONBLOCK, a pipe would hold us up before we can refuse it.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) {
    throw InputError(fmt::format("{}: cannot be opened: {}", path.string(), std::strerror(errno)));
  }
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) {
    throw InputError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) {
    throw InputError(fmt::format("{}: is no regular file", path.string()));
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return {};
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (address == MAP_FAILED) {
    throw InputError(fmt::format("{}: cannot be mapped: {}", path.string(), std::strerror(errno)));
  }
  std::shared_ptr<const void> owner(address, [size](void* mapped) { ::munmap(mapped, size); });
  return {{static_cast<const char*>(address), size}, std::move(owner)};
}

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
  return source_over(file.bytes, path.string(), std::move(file.owner));
}

std::unique_ptr<ByteSource> memory_source(std::span<const char> content, std::string name) {
  return source_over(content, std::move(name), nullptr);
}

}  // namespace kvsim
