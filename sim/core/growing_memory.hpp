#pragma once

#include <cstddef>
#include <filesystem>
#include <utility>

namespace kvsim {

/// Memory for one large array. It grows without being copied, by mapping its pages elsewhere, and
/// asks for huge pages: a large array is filled several times as fast in them.
///
/// With a `spill` folder, what outgrows kInMemory lies in a nameless file there, which leaves
/// nothing behind: the system can then take the memory back, and gets it back as the array grows.
class GrowingMemory {
 public:
  /// Bytes that stay in memory even with a spill folder.
  static constexpr std::size_t kInMemory = std::size_t{64} << 20;

  GrowingMemory() = default;
  explicit GrowingMemory(std::filesystem::path spill) : spill_(std::move(spill)) {}
  ~GrowingMemory();
  GrowingMemory(GrowingMemory&& other) noexcept { swap(other); }
  GrowingMemory& operator=(GrowingMemory&& other) noexcept {
    swap(other);
    return *this;
  }

  void* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool in_file() const { return kind_ == Kind::kFile; }

  /// Makes room for at least `bytes` in all, and for more where that costs nothing. The content is
  /// kept but may move; what is new has no particular value. Throws std::bad_alloc, and InputError
  /// naming the folder where the file cannot be made or the disk is full.
  void reserve(std::size_t bytes);

 private:
  enum class Kind { kHeap, kPages, kFile };

  void swap(GrowingMemory& other) noexcept;
  void grow_heap(std::size_t bytes);
  void grow_mapping(std::size_t bytes, Kind kind);
  void extend_file(std::size_t bytes);

  std::filesystem::path spill_;
  void* data_ = nullptr;
  std::size_t size_ = 0;
  Kind kind_ = Kind::kHeap;
  int fd_ = -1;
};

/// Takes back the memory of a mapped file's bytes, which come back from the file when next used.
/// For file mappings only: other memory would lose its content.
void release_file_memory(const void* data, std::size_t bytes);

}  // namespace kvsim
