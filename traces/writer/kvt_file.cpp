#include "traces/writer/kvt_file.hpp"

#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "sim/core/growing_memory.hpp"
#include "traces/kvt_layout.hpp"
#include "traces/sha256.hpp"

namespace kvsim {

namespace {

template <class T>
std::string_view bytes_of_object(const T& object) {
  return {reinterpret_cast<const char*>(&object), sizeof object};
}

/// The bytes of a column as they are stored.
struct Stored {
  std::span<const char> bytes;
  bool in_file = false;  ///< of a mapped file, whose memory is given back behind each use

  /// Calls `f` for the bytes, piece by piece.
  template <class F>
  void each_piece(F&& f) const {
    constexpr std::size_t kPiece = std::size_t{16} << 20;
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
      const std::span<const char> piece = bytes.subspan(at, std::min(kPiece, bytes.size() - at));
      f(piece);
      if (in_file) release_file_memory(piece.data(), piece.size());
    }
  }

  std::uint64_t checksum() const {
    const std::unique_ptr<XXH64_state_t, decltype(&XXH64_freeState)> state(XXH64_createState(),
                                                                           &XXH64_freeState);
    if (state == nullptr) throw std::bad_alloc();
    XXH64_reset(state.get(), 0);
    each_piece([&](auto piece) { XXH64_update(state.get(), piece.data(), piece.size()); });
    return XXH64_digest(state.get());
  }
};

/// Columns first, as entries of a directory and the bytes to store.
class KvtColumns {
 public:
  explicit KvtColumns(int zstd_level) : zstd_level_(zstd_level) {}

  template <class T>
  void add(std::string_view name, std::span<const T> values, bool in_file = false) {
    kvt::Entry entry{};
    assert(name.size() < entry.name.size());
    name.copy(entry.name.data(), name.size());
    entry.type = kvt::type_of<T>();
    entry.count = values.size();
    Stored stored{{reinterpret_cast<const char*>(values.data()), values.size_bytes()}, in_file};
    if (zstd_level_ > 0) {
      std::string packed = compressed(stored.bytes);
      if (packed.size() < stored.bytes.size()) {
        entry.encoding = kvt::Encoding::kZstd;
        packed_.push_back(std::make_unique<std::string>(std::move(packed)));
        stored = {*packed_.back()};
      }
    }
    entry.stored_bytes = stored.bytes.size();
    entry.checksum = stored.checksum();
    entries_.push_back(entry);
    stored_.push_back(stored);
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
      stored_[i].each_piece([&](auto piece) { put({piece.data(), piece.size()}); });
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
  std::vector<Stored> stored_;
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
    if (!column.empty()) columns.add(name, column.span(), column.in_file());
  });
  columns.write(out);
}

}  // namespace kvsim
