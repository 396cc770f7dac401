#include "sim/core/growing_memory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
/// Below it, an array is not worth pages of its own.
constexpr std::size_t kSmall = std::size_t{256} << 10;
/// A file grows by as much at a time; what lies before is then no longer held in memory.
constexpr std::size_t kFileStep = std::size_t{32} << 20;

std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

/// Address space that begins at a huge page's boundary.
void* reserve_addresses(std::size_t bytes) {
  void* address = ::mmap(nullptr, bytes + kHugePage, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) throw std::bad_alloc();
  char* begin = static_cast<char*>(address);
  const std::size_t before = round_up(reinterpret_cast<std::uintptr_t>(begin), kHugePage) -
                             reinterpret_cast<std::uintptr_t>(begin);
  if (before > 0) ::munmap(begin, before);
  ::munmap(begin + before + bytes, kHugePage - before);
  return begin + before;
}

}  // namespace

GrowingMemory::~GrowingMemory() {
  if (kind_ == Kind::kHeap) {
    std::free(data_);
  } else {
    ::munmap(data_, size_);
  }
  if (fd_ >= 0) ::close(fd_);
}

void GrowingMemory::swap(GrowingMemory& other) noexcept {
  std::swap(spill_, other.spill_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(kind_, other.kind_);
  std::swap(fd_, other.fd_);
}

void GrowingMemory::reserve(std::size_t bytes) {
  if (bytes <= size_) return;
  if (bytes <= kSmall) {
    grow_heap(std::min(kSmall, std::max(bytes, 2 * size_)));
  } else if (spill_.empty() || bytes <= kInMemory) {
    // Pages that are not used cost nothing.
    grow_mapping(round_up(std::max(bytes, 2 * size_), kHugePage), Kind::kPages);
  } else {
    const std::size_t before = size_;
    extend_file(round_up(bytes, kFileStep));
    grow_mapping(round_up(bytes, kFileStep), Kind::kFile);
    release_file_memory(data_, before);
  }
}

void GrowingMemory::grow_heap(std::size_t bytes) {
  void* grown = std::realloc(data_, bytes);
  if (grown == nullptr) throw std::bad_alloc();
  data_ = grown;
  size_ = bytes;
}

void GrowingMemory::grow_mapping(std::size_t bytes, Kind kind) {
  void* place = reserve_addresses(bytes);
  if (kind == kind_) {
    if (::mremap(data_, size_, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED) {
      ::munmap(place, bytes);
      throw std::bad_alloc();
    }
  } else {
    const int flags = MAP_FIXED | (kind == Kind::kFile ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS);
    if (::mmap(place, bytes, PROT_READ | PROT_WRITE, flags, kind == Kind::kFile ? fd_ : -1, 0) ==
        MAP_FAILED) {
      ::munmap(place, bytes);
      throw std::bad_alloc();
    }
    if (kind == Kind::kPages) ::madvise(place, bytes, MADV_HUGEPAGE);
    if (size_ > 0) std::memcpy(place, data_, size_);
    if (kind_ == Kind::kHeap) {
      std::free(data_);
    } else {
      ::munmap(data_, size_);
    }
    kind_ = kind;
  }
  data_ = place;
  size_ = bytes;
}

/// Room is taken on the disk at once: where a mapped file finds none, the process would be killed.
void GrowingMemory::extend_file(std::size_t bytes) {
  const auto fail = [&](int error) {
    throw InputError(fmt::format("{}: a temporary file of {} bytes cannot be made in it: {}",
                                 spill_.string(), bytes, std::strerror(error)));
  };
  if (fd_ < 0) {
    std::string name = (spill_ / ".kvsim-XXXXXX").string();
    fd_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd_ < 0) fail(errno);
    ::unlink(name.c_str());
  }
  const int error = ::posix_fallocate(fd_, 0, static_cast<off_t>(bytes));
  if (error != 0) fail(error);
}

void release_file_memory(const void* data, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  // Pages that belong to it only in part stay.
  const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(data) % page) % page;
  if (bytes < before + page) return;
  char* first = static_cast<char*>(const_cast<void*>(data)) + before;
  ::madvise(first, (bytes - before) / page * page, MADV_DONTNEED);
}

}  // namespace kvsim
