#include "tests/traces/support.hpp"

#include <lzma.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "sim/core/error.hpp"
#include "traces/kvt_layout.hpp"

namespace kvsim::test {

std::string gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string zstd(std::string_view text) {
  // With a checksum, as the command-line tool writes them.
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress2(context, packed.data(), packed.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return packed;
}

std::string xz(std::string_view text) {
  std::string packed(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  const lzma_ret result = lzma_easy_buffer_encode(
      6, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
      reinterpret_cast<std::uint8_t*>(packed.data()), &size, packed.size());
  if (result != LZMA_OK) throw std::runtime_error("lzma_easy_buffer_encode");
  packed.resize(size);
  return packed;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "kvsim-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryFolder::write(const std::string& name,
                                             std::string_view content) const {
  const std::filesystem::path file = path_ / name;
  std::ofstream out(file, std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  return file;
}

std::vector<std::string> TemporaryFolder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

Trace read(std::string_view content, const std::string& format, bool skip_errors) {
  OpenOptions options;
  options.format = format;
  options.skip_errors = skip_errors;
  return read_trace(content, "trace", options);
}

std::string error_of(std::string_view content, const std::string& format) {
  try {
    read(content, format);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::optional<std::filesystem::path> shared_traces() {
  const char* given = std::getenv("KVSIM_SHARED_TRACES");
  const std::filesystem::path path =
      given != nullptr ? std::filesystem::path(given)
                       : std::filesystem::path(KVSIM_SOURCE_DIR) / ".." / "shared" / "traces";
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return path;
  return std::nullopt;
}

std::vector<Slot> slots_of(const BlockColumns& blocks, std::uint64_t request) {
  std::vector<Slot> slots;
  for (std::uint64_t i = blocks.begin(request); i < blocks.end(request); ++i) {
    slots.push_back(blocks.slot[i]);
  }
  return slots;
}

void expect_equal(const Trace& a, const Trace& b) {
  EXPECT_EQ(a.requests.count, b.requests.count);
  ASSERT_EQ(a.blocks.has_value(), b.blocks.has_value());
  ASSERT_EQ(a.tokens.has_value(), b.tokens.has_value());
  ASSERT_EQ(a.events.has_value(), b.events.has_value());
  if (a.blocks) {
    EXPECT_EQ(a.blocks->block_size, b.blocks->block_size);
    EXPECT_EQ(a.blocks->distinct, b.blocks->distinct);
  }
  std::vector<std::pair<std::string, std::string>> of_a, of_b;
  const auto collect = [](auto& out) {
    return [&out]<class T>(std::string_view name, const Column<T>& column) {
      out.emplace_back(std::string(name), std::string(reinterpret_cast<const char*>(column.data()),
                                                      column.size() * sizeof(T)));
    };
  };
  kvt::visit_columns(a, collect(of_a));
  kvt::visit_columns(b, collect(of_b));
  ASSERT_EQ(of_a.size(), of_b.size());
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    EXPECT_EQ(of_a[i].second == of_b[i].second, true) << of_a[i].first << " differs";
  }
}

std::string oracle_record(std::uint32_t time, std::uint64_t id, std::uint32_t size,
                          std::int64_t next) {
  std::string record(24, '\0');
  std::memcpy(record.data(), &time, 4);
  std::memcpy(record.data() + 4, &id, 8);
  std::memcpy(record.data() + 12, &size, 4);
  std::memcpy(record.data() + 16, &next, 8);
  return record;
}

std::string int32_record(std::uint32_t id) {
  std::string record(4, '\0');
  std::memcpy(record.data(), &id, 4);
  return record;
}

}  // namespace kvsim::test
