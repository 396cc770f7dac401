#include "traces/reader/kvt_file.hpp"

#include <fmt/format.h>
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "traces/kvt_layout.hpp"
#include "traces/reader/json.hpp"

namespace kvsim {

namespace {

static_assert(std::endian::native == std::endian::little, "kvt columns are used as they lie");

constexpr std::uint64_t kMostIndices = 0xfffffffeu;
constexpr std::uint32_t kMostColumns = 256;
/// Bytes of a column whose checksum is compared in any case.
constexpr std::size_t kSmallColumn = std::size_t{1} << 20;

/// The directory of a file, and its columns by name.
class KvtFile {
 public:
  KvtFile(const TraceInput& input, std::span<const char> bytes, std::shared_ptr<const void> owner,
          bool in_file, bool verify)
      : input_(input), bytes_(bytes), owner_(std::move(owner)), in_file_(in_file), verify_(verify) {
    read_header();
    read_directory();
  }

  const kvt::Header& header() const { return header_; }
  bool has(std::string_view name) const { return find(name) != nullptr; }

  /// The column, empty if the file does not have it.
  template <class T>
  Column<T> column(std::string_view name) const {
    const kvt::Entry* entry = find(name);
    if (entry == nullptr || entry->count == 0) return {};
    if (entry->type != kvt::type_of<T>()) {
      fail(name, fmt::format("has type {}, allowed is {}", static_cast<int>(entry->type),
                             static_cast<int>(kvt::type_of<T>())));
    }
    const std::span<const char> stored = bytes_.subspan(entry->offset, entry->stored_bytes);
    const bool is_cheap = entry->encoding == kvt::Encoding::kZstd || stored.size() <= kSmallColumn;
    if ((verify_ || is_cheap) && XXH64(stored.data(), stored.size(), 0) != entry->checksum) {
      fail(name, "is corrupt: its checksum differs");
    }
    if (entry->encoding == kvt::Encoding::kZstd) return decompressed<T>(name, *entry, stored);
    const T* values = reinterpret_cast<const T*>(stored.data());
    return Column<T>(std::span<const T>(values, entry->count), owner_, in_file_);
  }

  /// A column of one value.
  template <class T>
  T scalar(std::string_view name, std::uint64_t most) const {
    const Column<T> values = column<T>(name);
    if (values.size() != 1) fail(name, fmt::format("has {} values, allowed is 1", values.size()));
    if (values[0] > most) fail(name, fmt::format("is {}, allowed is at most {}", values[0], most));
    return values[0];
  }

  [[noreturn]] void fail(std::string_view column, std::string_view message) const {
    input_.fail(fmt::format("column '{}' {}", column, message));
  }

 private:
  const kvt::Entry* find(std::string_view name) const {
    const auto it = columns_.find(name);
    return it == columns_.end() ? nullptr : &it->second;
  }

  void read_header() {
    if (bytes_.size() < sizeof header_) {
      input_.fail(fmt::format("is {} bytes long, a kvt file's header has {}", bytes_.size(),
                              sizeof header_));
    }
    std::memcpy(&header_, bytes_.data(), sizeof header_);
    if (!is_kvt({bytes_.data(), bytes_.size()})) input_.fail("does not begin as a kvt file");
    if (header_.version != kvt::kVersion) {
      input_.fail(fmt::format("has kvt version {}, allowed is {}", header_.version, kvt::kVersion));
    }
    if (XXH64(&header_, offsetof(kvt::Header, header_checksum), 0) != header_.header_checksum) {
      input_.fail("the header is corrupt: its checksum differs");
    }
    if (header_.file_size != bytes_.size()) {
      input_.fail(fmt::format("has {} bytes, but its header says {}: it is truncated or has grown",
                              bytes_.size(), header_.file_size));
    }
    if (header_.columns > kMostColumns) {
      input_.fail(fmt::format("has {} columns, allowed are {}", header_.columns, kMostColumns));
    }
  }

  void read_directory() {
    const std::size_t size = header_.columns * sizeof(kvt::Entry);
    if (size > bytes_.size() - sizeof header_) input_.fail("is too short for its directory");
    const std::span<const char> directory = bytes_.subspan(sizeof header_, size);
    if (XXH64(directory.data(), directory.size(), 0) != header_.directory_checksum) {
      input_.fail("the directory is corrupt: its checksum differs");
    }
    for (std::uint32_t i = 0; i < header_.columns; ++i) {
      kvt::Entry entry;
      std::memcpy(&entry, directory.data() + i * sizeof entry, sizeof entry);
      const auto end = std::find(entry.name.begin(), entry.name.end(), '\0');
      const std::string name(entry.name.begin(), end);
      check_entry(name, entry, sizeof header_ + size);
      if (!columns_.emplace(name, entry).second) fail(name, "is in the directory twice");
    }
  }

  void check_entry(std::string_view name, const kvt::Entry& entry, std::size_t data_begin) const {
    const std::size_t size = kvt::size_of(entry.type);
    if (size == 0) fail(name, fmt::format("has unknown type {}", static_cast<int>(entry.type)));
    if (entry.encoding != kvt::Encoding::kPlain && entry.encoding != kvt::Encoding::kZstd) {
      fail(name, fmt::format("has unknown encoding {}", static_cast<int>(entry.encoding)));
    }
    if (entry.offset % kvt::kAlignment != 0 || entry.offset < data_begin ||
        entry.offset > bytes_.size() || entry.stored_bytes > bytes_.size() - entry.offset) {
      fail(name, fmt::format("lies at byte {}, {} bytes, outside the file's {} or not aligned",
                             entry.offset, entry.stored_bytes, bytes_.size()));
    }
    if (entry.count > (std::uint64_t{1} << 40)) {
      fail(name, fmt::format("has {} values, too many", entry.count));
    }
    if (entry.encoding == kvt::Encoding::kPlain && entry.stored_bytes != entry.count * size) {
      fail(name, fmt::format("has {} bytes, allowed are {} for {} values", entry.stored_bytes,
                             entry.count * size, entry.count));
    }
  }

  /// Grows with what the stream really holds, not with what the directory says of it.
  template <class T>
  Column<T> decompressed(std::string_view name, const kvt::Entry& entry,
                         std::span<const char> stored) const {
    constexpr std::size_t kStep = (std::size_t{1} << 20) / sizeof(T);
    constexpr std::size_t kUsualRatio = 1024;
    const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                            &ZSTD_freeDStream);
    if (stream == nullptr) throw std::bad_alloc();
    std::vector<T> values;
    if (entry.count * sizeof(T) / kUsualRatio <= stored.size()) values.reserve(entry.count);
    ZSTD_inBuffer in{stored.data(), stored.size(), 0};
    std::size_t filled = 0;  // bytes
    std::size_t result = 1;
    while (result != 0) {
      if (values.size() * sizeof(T) == filled && values.size() < entry.count) {
        values.resize(
            std::min<std::size_t>(entry.count, values.size() + values.size() / 2 + kStep));
      }
      ZSTD_outBuffer out{values.data(), values.size() * sizeof(T), filled};
      const std::size_t in_before = in.pos;
      result = ZSTD_decompressStream(stream.get(), &out, &in);
      if (ZSTD_isError(result)) fail(name, std::string("is corrupt: ") + ZSTD_getErrorName(result));
      const bool stuck = in.pos == in_before && out.pos == filled;
      filled = out.pos;
      if (result != 0 && stuck) break;
    }
    if (result != 0 || in.pos != in.size || filled != entry.count * sizeof(T)) {
      fail(name, fmt::format("is corrupt: its {} values do not fill {} bytes", entry.count,
                             entry.count * sizeof(T)));
    }
    return Column<T>(std::move(values));
  }

  const TraceInput& input_;
  std::span<const char> bytes_;
  std::shared_ptr<const void> owner_;
  bool in_file_;
  bool verify_;
  kvt::Header header_{};
  std::map<std::string, kvt::Entry, std::less<>> columns_;
};

/// What must hold between columns for every index to be in bounds.
class KvtChecks {
 public:
  KvtChecks(const KvtFile& file, const Trace& trace) : file_(file), trace_(trace) {}

  void run() const {
    check_requests();
    if (trace_.blocks) check_blocks(*trace_.blocks);
    if (trace_.tokens) check_tokens(*trace_.tokens);
    if (trace_.events) check_events(*trace_.events);
  }

 private:
  template <class T>
  void length(std::string_view name, const Column<T>& column, std::uint64_t expected,
              bool may_be_absent = true) const {
    if (column.size() == expected || (may_be_absent && column.empty())) return;
    file_.fail(name, fmt::format("has {} values, allowed are {}", column.size(), expected));
  }

  /// Every value less than `bound`, or kNone where that stands for none.
  void indices(std::string_view name, const Column<std::uint32_t>& column, std::uint64_t bound,
               bool none_allowed) const {
    // Unsigned wrap-around makes kNone the least: one comparison, without a branch.
    const std::uint32_t shift = none_allowed ? 1 : 0;
    std::uint32_t largest = 0;
    for (const std::uint32_t value : column) largest = std::max(largest, value + shift);
    if (!column.empty() && largest >= bound + shift) {
      file_.fail(name, fmt::format("refers to {}, allowed is less than {}",
                                   std::uint64_t{largest} - shift, bound));
    }
  }

  /// From 0 to `last`, never decreasing.
  void offsets(std::string_view name, const Column<std::uint64_t>& column,
               std::uint64_t last) const {
    if (column.empty()) return;
    bool ordered = true;
    for (std::size_t i = 1; i < column.size(); ++i) ordered &= column[i - 1] <= column[i];
    if (!ordered || column[0] != 0 || column[column.size() - 1] != last) {
      file_.fail(name, fmt::format("is no ascending list of offsets from 0 to {}", last));
    }
  }

  void texts(std::string_view name, const TextColumn& column) const {
    if (column.offset.empty() && !column.text.empty()) file_.fail(name, "has no offsets");
    offsets(name, column.offset, column.text.size());
    for (std::size_t i = 0; i < column.size(); ++i) {
      if (!is_utf8(column[i])) file_.fail(name, fmt::format("names text {} that is not UTF-8", i));
    }
  }

  void check_requests() const {
    const RequestColumns& r = trace_.requests;
    length("request.arrival", r.arrival, r.count);
    length("request.input_tokens", r.input_tokens, r.count);
    length("request.output_tokens", r.output_tokens, r.count);
    length("request.session", r.session, r.count);
    length("request.parent", r.parent, r.count);
    length("request.turn", r.turn, r.count);
    length("request.category", r.category, r.count);
    length("request.tenant", r.tenant, r.count);
    length("request.priority", r.priority, r.count);
    texts("session_name.offset", r.session_names);
    texts("category_name.offset", r.category_names);
    texts("tenant_name.offset", r.tenant_names);
    indices("request.session", r.session, r.session_names.size(), true);
    indices("request.category", r.category, r.category_names.size(), true);
    indices("request.tenant", r.tenant, r.tenant_names.size(), true);
    indices("request.parent", r.parent, r.count, true);
  }

  void check_blocks(const BlockColumns& b) const {
    const std::uint64_t requests = trace_.requests.count;
    if (b.accesses() > kMostIndices) file_.fail("block.slot", "has too many values");
    if (b.distinct > b.accesses()) {
      file_.fail(kvt::kDistinct, fmt::format("is {}, allowed is at most the {} accesses",
                                             b.distinct, b.accesses()));
    }
    length("block.offset", b.offset, requests + 1);
    if (b.offset.empty()) length("block.slot", b.slot, requests, false);
    offsets("block.offset", b.offset, b.accesses());
    indices("block.slot", b.slot, b.distinct, false);
    length("block.id", b.id, b.distinct);
    length("block.bytes", b.bytes, b.distinct);
    length("block.access_bytes", b.access_bytes, b.accesses());
    length("block.tokens_per_block", b.tokens_per_block, requests);
    for (std::uint64_t r = 0; r < b.tokens_per_block.size(); ++r) {
      if (b.tokens_per_block[r] == 0 && b.begin(r) != b.end(r)) {
        file_.fail("block.tokens_per_block",
                   fmt::format("is 0 for request {}, which has blocks", r));
      }
    }
  }

  void check_tokens(const TokenColumns& t) const {
    const RequestColumns& r = trace_.requests;
    length("token.offset", t.offset, r.count + 1, false);
    offsets("token.offset", t.offset, t.token.size());
    length("request.input_tokens", r.input_tokens, r.count, false);
    length("request.output_tokens", r.output_tokens, r.count, false);
    for (std::uint64_t i = 0; i < r.count; ++i) {
      const std::uint64_t tokens = t.offset[i + 1] - t.offset[i];
      if (std::uint64_t{r.input_tokens[i]} + r.output_tokens[i] != tokens) {
        file_.fail("token.offset", fmt::format("gives request {} {} tokens, but its lengths are {} "
                                               "and {}",
                                               i, tokens, r.input_tokens[i], r.output_tokens[i]));
      }
    }
  }

  void check_events(const EventColumns& e) const {
    if (!trace_.tokens) file_.fail(kvt::kEvents, "needs token ids");
    length("event.kind", e.kind, e.size(), false);
    length("event.first", e.first, e.size(), false);
    length("event.count", e.count, e.size(), false);
    indices("event.request", e.request, trace_.requests.count, false);
    for (std::size_t i = 0; i < e.size(); ++i) {
      const auto kind = static_cast<std::uint8_t>(e.kind[i]);
      if (kind > static_cast<std::uint8_t>(EventKind::kRelease)) {
        file_.fail("event.kind", fmt::format("is {}, allowed is 0 to 2", kind));
      }
      const std::uint64_t tokens =
          trace_.tokens->offset[e.request[i] + 1] - trace_.tokens->offset[e.request[i]];
      if (std::uint64_t{e.first[i]} + e.count[i] > tokens) {
        file_.fail("event.count", fmt::format("of event {} leads behind its request's blocks", i));
      }
    }
  }

  const KvtFile& file_;
  const Trace& trace_;
};

Trace read_bytes(const TraceInput& input, std::span<const char> bytes,
                 std::shared_ptr<const void> owner, bool in_file, bool verify) {
  const KvtFile file(input, bytes, std::move(owner), in_file, verify);
  Trace trace;
  trace.format = "kvt";
  trace.requests.count = file.scalar<std::uint64_t>(kvt::kRequests, kMostIndices);
  if (file.has(kvt::kBlockSize)) {
    trace.blocks.emplace();
    trace.blocks->block_size = file.scalar<std::uint32_t>(kvt::kBlockSize, UINT32_MAX);
    trace.blocks->distinct = file.scalar<std::uint32_t>(kvt::kDistinct, kMostIndices);
  }
  if (file.has("token.offset")) trace.tokens.emplace();
  if (file.has(kvt::kEvents)) trace.events.emplace();
  kvt::visit_columns(trace, [&]<class T>(std::string_view name, Column<T>& column) {
    column = file.column<T>(name);
  });
  KvtChecks(file, trace).run();
  for (const unsigned char byte : file.header().sha256) {
    trace.sha256 += fmt::format("{:02x}", byte);
  }
  return trace;
}

}  // namespace

bool is_kvt(std::string_view head) { return head.starts_with(kvt::kMagic); }

Trace read_kvt(TraceInput& input, bool verify) {
  const auto mapped = input.source().bytes();
  if (mapped && input.source().owner() != nullptr) {
    return read_bytes(input, *mapped, input.source().owner(), true, verify);
  }
  // Compressed as a whole, or memory that nothing keeps alive: copied, 64-byte aligned.
  struct alignas(kvt::kAlignment) Line {
    char bytes[kvt::kAlignment];
  };
  auto lines = std::make_shared<std::vector<Line>>();
  std::size_t size = 0;
  for (;;) {
    const std::string_view chunk = input.next_units(1);
    if (chunk.empty()) break;
    lines->resize((size + chunk.size() + sizeof(Line) - 1) / sizeof(Line));
    std::memcpy(reinterpret_cast<char*>(lines->data()) + size, chunk.data(), chunk.size());
    size += chunk.size();
  }
  const std::span<const char> bytes(reinterpret_cast<const char*>(lines->data()), size);
  return read_bytes(input, bytes, lines, false, verify);
}

}  // namespace kvsim
