#include "traces/reader/decompressor.hpp"

#include <fmt/format.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

/// What the three have in common: compressed bytes in memory, and how far they have been read.
class CompressedSource : public ByteSource {
 public:
  CompressedSource(std::span<const char> content, std::string name,
                   std::shared_ptr<const void> owner)
      : content_(content), name_(std::move(name)), owner_(std::move(owner)) {}

 protected:
  std::span<const char> rest() const { return content_.subspan(position_); }
  void advance(std::size_t n) { position_ += n; }

  [[noreturn]] void truncated(std::string_view format) const {
    throw InputError(fmt::format("{}: truncated {} data: the file ends at byte {} within a stream",
                                 name_, format, position_));
  }
  [[noreturn]] void corrupt(std::string_view format, std::string_view why) const {
    throw InputError(
        fmt::format("{}: corrupt {} data near byte {}: {}", name_, format, position_, why));
  }

 private:
  std::span<const char> content_;
  std::string name_;
  std::shared_ptr<const void> owner_;
  std::size_t position_ = 0;
};

class GzipSource final : public CompressedSource {
 public:
  GzipSource(std::span<const char> content, std::string name, std::shared_ptr<const void> owner)
      : CompressedSource(content, std::move(name), std::move(owner)) {
    if (inflateInit2(&stream_, kWindowBits + kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~GzipSource() override { inflateEnd(&stream_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  std::size_t read(std::span<char> out) override {
    if (out.empty()) return 0;
    for (;;) {
      const std::span<const char> in = rest();
      if (between_members_) {
        if (in.empty()) return 0;
        // Tape-style zero padding may follow the last member.
        if (std::all_of(in.begin(), in.end(), [](char c) { return c == '\0'; })) return 0;
        inflateReset(&stream_);
        between_members_ = false;
      }
      constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
      stream_.avail_in = static_cast<uInt>(std::min(in.size(), kMost));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data());
      stream_.avail_out = static_cast<uInt>(std::min(out.size(), kMost));
      const uInt in_before = stream_.avail_in;
      const uInt out_before = stream_.avail_out;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      advance(in_before - stream_.avail_in);
      const std::size_t written = out_before - stream_.avail_out;
      if (result == Z_STREAM_END) {
        between_members_ = true;
      } else if (result == Z_BUF_ERROR && written == 0) {
        truncated("gzip");
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        corrupt("gzip", stream_.msg != nullptr ? stream_.msg : "not gzip");
      }
      if (written > 0) return written;
      if (result == Z_OK && rest().empty()) truncated("gzip");
    }
  }

 private:
  static constexpr int kWindowBits = 15;
  static constexpr int kGzipOnly = 16;
  z_stream stream_{};
  bool between_members_ = false;
};

class ZstdSource final : public CompressedSource {
 public:
  ZstdSource(std::span<const char> content, std::string name, std::shared_ptr<const void> owner)
      : CompressedSource(content, std::move(name), std::move(owner)),
        stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    // 128 MiB of window, the library's own default, named so that memory stays bounded.
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, 27);
  }
  ~ZstdSource() override { ZSTD_freeDStream(stream_); }
  ZstdSource(const ZstdSource&) = delete;
  ZstdSource& operator=(const ZstdSource&) = delete;

  std::size_t read(std::span<char> out) override {
    if (out.empty()) return 0;
    for (;;) {
      const std::span<const char> in = rest();
      if (in.empty() && between_frames_) return 0;
      ZSTD_inBuffer input{in.data(), in.size(), 0};
      ZSTD_outBuffer output{out.data(), out.size(), 0};
      const std::size_t result = ZSTD_decompressStream(stream_, &output, &input);
      advance(input.pos);
      if (ZSTD_isError(result)) corrupt("zstd", ZSTD_getErrorName(result));
      between_frames_ = result == 0;
      if (output.pos > 0) return output.pos;
      if (input.pos == 0 && !between_frames_) truncated("zstd");
    }
  }

 private:
  ZSTD_DStream* stream_;
  bool between_frames_ = true;
};

class XzSource final : public CompressedSource {
 public:
  XzSource(std::span<const char> content, std::string name, std::shared_ptr<const void> owner)
      : CompressedSource(content, std::move(name), std::move(owner)) {
    constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 30;
    if (lzma_stream_decoder(&stream_, kMostMemory, LZMA_CONCATENATED) != LZMA_OK) {
      throw std::bad_alloc();
    }
  }
  ~XzSource() override { lzma_end(&stream_); }
  XzSource(const XzSource&) = delete;
  XzSource& operator=(const XzSource&) = delete;

  std::size_t read(std::span<char> out) override {
    if (out.empty() || done_) return 0;
    for (;;) {
      const std::span<const char> in = rest();
      stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
      stream_.avail_in = in.size();
      stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
      stream_.avail_out = out.size();
      const lzma_ret result = lzma_code(&stream_, LZMA_FINISH);
      advance(in.size() - stream_.avail_in);
      const std::size_t written = out.size() - stream_.avail_out;
      switch (result) {
        case LZMA_OK:
          break;
        case LZMA_STREAM_END:
          done_ = true;
          return written;
        case LZMA_BUF_ERROR:
          if (written == 0) truncated("xz");
          break;
        case LZMA_MEMLIMIT_ERROR:
          corrupt("xz", "decoding needs more than 1 GiB of memory");
        case LZMA_FORMAT_ERROR:
          corrupt("xz", "not xz");
        case LZMA_MEM_ERROR:
          throw std::bad_alloc();
        default:
          corrupt("xz", "checksum or structure is wrong");
      }
      if (written > 0) return written;
    }
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> gzip_source(std::span<const char> content, std::string name,
                                        std::shared_ptr<const void> owner) {
  return std::make_unique<GzipSource>(content, std::move(name), std::move(owner));
}

std::unique_ptr<ByteSource> zstd_source(std::span<const char> content, std::string name,
                                        std::shared_ptr<const void> owner) {
  return std::make_unique<ZstdSource>(content, std::move(name), std::move(owner));
}

std::unique_ptr<ByteSource> xz_source(std::span<const char> content, std::string name,
                                      std::shared_ptr<const void> owner) {
  return std::make_unique<XzSource>(content, std::move(name), std::move(owner));
}

}  // namespace kvsim
