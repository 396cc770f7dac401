#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "traces/reader/byte_source.hpp"

namespace kvsim {

/// One record that does not say what it must. Thrown by readers without the place, which
/// TraceInput adds: as InputError, or as one more skipped record.
class BadRecord : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// BadRecord: `field 'FIELD' is FOUND, allowed is ALLOWED`.
[[noreturn]] void bad_field(std::string_view field, std::string_view found,
                            std::string_view allowed);

/// The text in quotes, printable and of bounded length, for messages.
std::string quoted(std::string_view text);

/// What readers read: a file's bytes (decompressed), in order, as lines or as chunks, with the
/// name and position for messages and the count of records skipped.
class TraceInput {
 public:
  /// Readable bytes behind every line and document, for parsers that read ahead.
  static constexpr std::size_t kPadding = 64;
  /// The longest line, and the longest file read as one document.
  static constexpr std::size_t kMaxLine = std::size_t{64} << 20;

  struct Options {
    bool skip_errors = false;
    std::uint64_t max_accesses = 0xfffffffeu;  ///< of blocks or objects, over the whole trace
    std::filesystem::path spill;               ///< see TraceBuilder
  };

  TraceInput(std::unique_ptr<ByteSource> source, std::string name, Options options);

  /// The file, for messages.
  const std::string& name() const { return name_; }
  /// The first bytes, at most kHead, without consuming them. Only before anything is read.
  static constexpr std::size_t kHead = std::size_t{64} << 10;
  std::string_view head();
  /// Whether head() is all there is.
  bool head_is_all();
  /// The whole content where it lies in memory as it is, such as an uncompressed file.
  const ByteSource& source() const { return *source_; }

  /// The next line without its end (LF, CRLF), false at the end. Valid until the next call.
  bool next_line(std::string_view& line);
  /// 1-based number of the line that next_line() gave last.
  std::uint64_t line_number() const { return line_number_; }
  /// Everything not consumed yet, as one text. At most kMaxLine bytes, else InputError.
  std::string_view rest();
  /// The next bytes, a multiple of `unit`, empty at the end. Valid until the next call. Bytes left
  /// over at the end, fewer than a unit, are in leftover().
  std::string_view next_units(std::size_t unit);
  std::size_t leftover() const { return end_ - begin_; }

  /// Calls `record(line)` for every line that is not blank; a BadRecord is rejected by its line.
  template <class F>
  void each_line(F&& record) {
    std::string_view line;
    while (next_line(line)) {
      if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
      try {
        record(line);
      } catch (const BadRecord& bad) {
        reject(bad);
      }
    }
  }

  /// Counts the record as skipped, or throws InputError `NAME:LINE: MESSAGE`.
  void reject(const BadRecord& bad) { reject(bad, line_number_); }
  void reject(const BadRecord& bad, std::uint64_t line);
  /// The same for binary formats: `NAME: record NUMBER (byte OFFSET): MESSAGE`.
  void reject_record(const BadRecord& bad, std::uint64_t record, std::uint64_t offset);
  /// Throws InputError `NAME: MESSAGE`, for what no skipping can mend.
  [[noreturn]] void fail(std::string_view message) const;

  bool skips_errors() const { return options_.skip_errors; }
  std::uint64_t skipped() const { return skipped_; }
  const std::filesystem::path& spill() const { return options_.spill; }

  /// Throws InputError if `accesses` and `more` exceed the limit.
  void check_accesses(std::uint64_t accesses, std::uint64_t more) const;

 private:
  bool fill();
  void skip_bom();
  bool next_line_slow(std::string_view& line);
  std::string_view take_line(const char* newline);
  static std::string_view without_cr(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  Options options_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
  std::uint64_t line_number_ = 0;
  std::uint64_t skipped_ = 0;
};

inline std::string_view TraceInput::take_line(const char* newline) {
  const char* start = buffer_.data() + begin_;
  const auto length = static_cast<std::size_t>(newline - start);
  begin_ += length + 1;
  ++line_number_;
  return without_cr({start, length});
}

inline bool TraceInput::next_line(std::string_view& line) {
  // The first line may begin with a byte-order mark.
  const void* newline = end_ > begin_ && line_number_ > 0
                            ? std::memchr(buffer_.data() + begin_, '\n', end_ - begin_)
                            : nullptr;
  if (newline == nullptr) return next_line_slow(line);
  line = take_line(static_cast<const char*>(newline));
  return true;
}

}  // namespace kvsim
