#include "sim/core/mapped_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

/// An open file and its mapping.
struct OpenFile {
  int fd = -1;
  void* mapped = MAP_FAILED;
  std::size_t size = 0;

  OpenFile() = default;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (mapped != MAP_FAILED) ::munmap(mapped, size);
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

MappedFile map_file(const std::filesystem::path& path) {
  const auto file = std::make_shared<OpenFile>();
  // Without O_NONBLOCK, a pipe would hold us up before we can refuse it.
  file->fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file->fd < 0) {
    throw InputError(fmt::format("{}: cannot be opened: {}", path.string(), std::strerror(errno)));
  }
  struct stat status {};
  if (::fstat(file->fd, &status) != 0) {
    throw InputError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) {
    throw InputError(fmt::format("{}: is no regular file", path.string()));
  }
  file->size = static_cast<std::size_t>(status.st_size);
  if (file->size == 0) return {};
  file->mapped = ::mmap(nullptr, file->size, PROT_READ, MAP_PRIVATE, file->fd, 0);
  if (file->mapped == MAP_FAILED) {
    throw InputError(fmt::format("{}: cannot be mapped: {}", path.string(), std::strerror(errno)));
  }
  return {{static_cast<const char*>(file->mapped), file->size}, file->fd, file};
}

}  // namespace kvsim
