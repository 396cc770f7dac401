#include "traces/writer/kvt_file.hpp"

#include <xxhash.h>
#include <zstd.h>

#include <cassert>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "traces/kvt_layout.hpp"
#include "traces/sha256.hpp"

namespace kvsim {

namespace {

template <class T>
std::string_view bytes_of_object(const T& object) {
  return {reinterpret_cast<const char*>(&object), sizeof object};
}

/// Columns first, as entries of a directory and the bytes to store.
class KvtColumns {
 public:
  explicit KvtColumns(int zstd_level) : zstd_level_(zstd_level) {}

  template <class T>
  void add(std::string_view name, std::span<const T> values) {
    kvt::Entry entry{};
    assert(name.size() < entry.name.size());
    name.copy(entry.name.data(), name.size());
    entry.type = kvt::type_of<T>();
    entry.count = values.size();
    std::span<const char> bytes(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    if (zstd_level_ > 0) {
      std::string packed = compressed(bytes);
      if (packed.size() < bytes.size()) {
        entry.encoding = kvt::Encoding::kZstd;
        packed_.push_back(std::make_unique<std::string>(std::move(packed)));
        bytes = *packed_.back();
      }
    }
    entry.stored_bytes = bytes.size();
    entry.checksum = XXH64(bytes.data(), bytes.size(), 0);
    entries_.push_back(entry);
    stored_.push_back(bytes);
  }

  template <class T>
  void add_value(std::string_view name, T value) {
    values_.push_back(std::make_unique<std::uint64_t>(value));
    add(name, std::span<const T>(reinterpret_cast<const T*>(values_.back().get()), 1));
  }

  void write(OutputFile& out) {
    place();
    const std::string_view directory(reinterpret_cast<const char*>(entries_.data()),
                                     entries_.size() * sizeof(kvt::Entry));
    kvt::Header header{};
    kvt::kMagic.copy(header.magic.data(), header.magic.size());
    header.version = kvt::kVersion;
    header.columns = static_cast<std::uint32_t>(entries_.size());
    header.file_size = file_size_;
    header.directory_checksum = XXH64(directory.data(), directory.size(), 0);

    Sha256 sha;
    const auto put = [&](std::string_view bytes) {
      out.write(bytes);
      sha.update(bytes);
    };
    out.write(bytes_of_object(header));
    put(directory);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      put(std::string(entries_[i].offset - out.size(), '\0'));
      put({stored_[i].data(), stored_[i].size()});
    }
    assert(out.size() == file_size_);
    sha.digest(header.sha256);
    header.header_checksum = XXH64(&header, offsetof(kvt::Header, header_checksum), 0);
    out.overwrite(0, bytes_of_object(header));
  }

 private:
  void place() {
    std::uint64_t at = sizeof(kvt::Header) + entries_.size() * sizeof(kvt::Entry);
    for (kvt::Entry& entry : entries_) {
      at = (at + kvt::kAlignment - 1) / kvt::kAlignment * kvt::kAlignment;
      entry.offset = at;
      at += entry.stored_bytes;
    }
    file_size_ = at;
  }

  std::string compressed(std::span<const char> bytes) const {
    std::string packed(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size =
        ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), zstd_level_);
    if (ZSTD_isError(size)) throw std::bad_alloc();
    packed.resize(size);
    packed.shrink_to_fit();
    return packed;
  }

  int zstd_level_;
  std::vector<kvt::Entry> entries_;
  std::vector<std::span<const char>> stored_;
  std::vector<std::unique_ptr<std::string>> packed_;
  std::vector<std::unique_ptr<std::uint64_t>> values_;
  std::uint64_t file_size_ = 0;
};

}  // namespace

void write_kvt(const Trace& trace, OutputFile& out, int zstd_level) {
  KvtColumns columns(zstd_level);
  columns.add_value<std::uint64_t>(kvt::kRequests, trace.requests.count);
  if (trace.blocks) {
    columns.add_value<std::uint32_t>(kvt::kBlockSize, trace.blocks->block_size);
    columns.add_value<std::uint32_t>(kvt::kDistinct, trace.blocks->distinct);
  }
  if (trace.events) columns.add_value<std::uint64_t>(kvt::kEvents, trace.events->size());
  kvt::visit_columns(trace, [&]<class T>(std::string_view name, const Column<T>& column) {
    if (!column.empty()) columns.add(name, column.span());
  });
  columns.write(out);
}

}  // namespace kvsim
