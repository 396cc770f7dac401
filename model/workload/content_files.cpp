#include "model/workload/content_files.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <new>

#include "sim/core/error.hpp"

namespace kvsim {
namespace {

/// A file's members, by libarchive. A file that is no archive has one, itself.
class Archive {
 public:
  Archive(std::span<const char> file, const std::string& name, std::size_t most)
      : archive_(archive_read_new()), name_(name), most_(most) {
    if (archive_ == nullptr) throw std::bad_alloc();
    // Of libarchive's filters, those that are no programs of their own.
    check(archive_read_support_filter_gzip(archive_.get()));
    check(archive_read_support_filter_bzip2(archive_.get()));
    check(archive_read_support_filter_xz(archive_.get()));
    check(archive_read_support_filter_zstd(archive_.get()));
    check(archive_read_support_format_tar(archive_.get()));
    check(archive_read_support_format_raw(archive_.get()));
    check(archive_read_open_memory(archive_.get(), file.data(), file.size()));
  }

  /// Goes to the next member; false at the end.
  bool next() {
    const int result = archive_read_next_header(archive_.get(), &entry_);
    if (result == ARCHIVE_EOF) return false;
    check(result);
    count(0);
    return true;
  }

  bool is_tar() const {
    return (archive_format(archive_.get()) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
  }
  bool is_regular() const { return archive_entry_filetype(entry_) == AE_IFREG; }
  std::string path() const {
    const char* path = archive_entry_pathname(entry_);
    return path == nullptr ? "" : path;
  }

  /// The member's content, or where it is not wanted, nothing: even so it is read here, within the
  /// limit, since libarchive would decompress it without one.
  std::string content(bool wanted) {
    std::string text;
    std::array<char, std::size_t{64} << 10> piece{};
    for (;;) {
      const la_ssize_t n = archive_read_data(archive_.get(), piece.data(), piece.size());
      if (n == 0) return text;
      if (n < 0) check(static_cast<int>(n));
      count(static_cast<std::size_t>(n));
      if (wanted) text.append(piece.data(), static_cast<std::size_t>(n));
    }
  }

 private:
  struct Free {
    void operator()(archive* a) const { archive_read_free(a); }
  };

  void check(int result) const {
    if (result == ARCHIVE_OK || result == ARCHIVE_WARN) return;
    const char* message = archive_error_string(archive_.get());
    throw InputError(fmt::format("{}: cannot be decompressed: {}", name_,
                                 message == nullptr ? "damaged" : message));
  }

  /// Holes in a sparse member count as what they are read as, headers as what they take.
  void count(std::size_t bytes) {
    read_ += bytes;
    const auto passed =
        static_cast<std::size_t>(std::max<la_int64_t>(archive_filter_bytes(archive_.get(), 0), 0));
    if (std::max(read_, passed) > most_) {
      throw InputError(fmt::format("{}: holds more than {} bytes, the most allowed", name_, most_));
    }
  }

  std::unique_ptr<archive, Free> archive_;
  archive_entry* entry_ = nullptr;
  std::string name_;
  std::size_t most_;
  std::size_t read_ = 0;
};

bool is_json_file(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  return !path.filename().string().starts_with('.') &&
         (extension == ".json" || extension == ".jsonl" || extension == ".ndjson");
}

}  // namespace

void for_each_content(std::span<const char> file, const std::string& name,
                      const std::function<void(const std::string&, std::string_view)>& use,
                      std::size_t most) {
  if (file.empty()) return use(name, "");  // of which libarchive makes no member
  Archive members(file, name, most);
  bool any = false;
  while (members.next()) {
    const std::string path = members.path();
    const bool is_tar = members.is_tar();
    const bool wanted = !is_tar || (members.is_regular() && is_json_file(path));
    const std::string content = members.content(wanted);
    if (!wanted) continue;
    any = true;
    use(is_tar ? name + "/" + path : name, content);
  }
  if (!any) {
    throw InputError(fmt::format("{}: holds no .json, .jsonl or .ndjson file", name));
  }
}

}  // namespace kvsim
