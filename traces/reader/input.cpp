#include "traces/reader/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/core/error.hpp"
#include "traces/reader/numbers.hpp"

namespace kvsim {

namespace {

constexpr std::size_t kChunk = std::size_t{256} << 10;

/// No more than the file has, where that is known.
std::size_t first_chunk(const ByteSource& source) {
  const auto bytes = source.bytes();
  return bytes ? std::min(kChunk, bytes->size() + 1) : kChunk;
}

}  // namespace

void bad_field(std::string_view field, std::string_view found, std::string_view allowed) {
  throw BadRecord(fmt::format("field '{}' is {}, allowed is {}", field, found, allowed));
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string shown = "'";
  for (const char c : text.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      shown += fmt::format("\\x{:02x}", byte);
    } else {
      shown += c;
    }
  }
  shown += text.size() > kMost ? "…'" : "'";
  return shown;
}

TraceInput::TraceInput(std::unique_ptr<ByteSource> source, std::string name, Options options)
    : source_(std::move(source)),
      name_(std::move(name)),
      options_(std::move(options)),
      buffer_(first_chunk(*source_) + kPadding) {}

/// Reads more behind what is left of the buffer; false at the end of the source.
bool TraceInput::fill() {
  if (at_end_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ + kPadding == buffer_.size()) buffer_.resize(2 * buffer_.size() - kPadding);
  const std::size_t room = buffer_.size() - kPadding - end_;
  const std::size_t n = source_->read(std::span(buffer_).subspan(end_, room));
  end_ += n;
  at_end_ = n == 0;
  return !at_end_;
}

std::string_view TraceInput::head() {
  while (end_ - begin_ < kHead && fill()) {
  }
  return {buffer_.data() + begin_, std::min(end_ - begin_, kHead)};
}

bool TraceInput::head_is_all() {
  head();
  while (end_ - begin_ <= kHead && fill()) {
  }
  return end_ - begin_ <= kHead;
}

/// Only where lines are read: in a binary file, the same bytes are content.
void TraceInput::skip_bom() {
  while (end_ - begin_ < 3 && fill()) {
  }
  const std::string_view start(buffer_.data() + begin_, end_ - begin_);
  begin_ += start.size() - without_bom(start).size();
}

bool TraceInput::next_line_slow(std::string_view& line) {
  std::size_t searched = end_ - begin_;
  if (line_number_ == 0) {
    skip_bom();
    searched = 0;
  }
  do {
    const char* start = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    const void* newline =
        size > searched ? std::memchr(start + searched, '\n', size - searched) : nullptr;
    if (newline != nullptr) {
      line = take_line(static_cast<const char*>(newline));
      return true;
    }
    searched = size;
    if (searched > kMaxLine) {
      throw InputError(fmt::format("{}:{}: the line is longer than {} bytes, the most allowed",
                                   name_, line_number_ + 1, kMaxLine));
    }
  } while (fill());
  if (begin_ == end_) return false;
  line = without_cr({buffer_.data() + begin_, end_ - begin_});
  begin_ = end_;
  ++line_number_;
  return true;
}

std::string_view TraceInput::rest() {
  if (line_number_ == 0) skip_bom();
  while (fill()) {
    if (end_ - begin_ > kMaxLine) {
      throw InputError(fmt::format("{}: the document is longer than {} bytes, the most allowed",
                                   name_, kMaxLine));
    }
  }
  const std::string_view all(buffer_.data() + begin_, end_ - begin_);
  begin_ = end_;
  return all;
}

std::string_view TraceInput::next_units(std::size_t unit) {
  while (end_ - begin_ < unit && fill()) {
  }
  const std::size_t whole = (end_ - begin_) / unit * unit;
  const std::string_view units(buffer_.data() + begin_, whole);
  begin_ += whole;
  return units;
}

void TraceInput::reject(const BadRecord& bad, std::uint64_t line) {
  if (!options_.skip_errors) {
    throw InputError(fmt::format("{}:{}: {}", name_, line, bad.what()));
  }
  ++skipped_;
}

void TraceInput::reject_record(const BadRecord& bad, std::uint64_t record, std::uint64_t offset) {
  if (!options_.skip_errors) {
    throw InputError(fmt::format("{}: record {} (byte {}): {}", name_, record, offset, bad.what()));
  }
  ++skipped_;
}

void TraceInput::fail(std::string_view message) const {
  throw InputError(fmt::format("{}: {}", name_, message));
}

void TraceInput::check_accesses(std::uint64_t accesses, std::uint64_t more) const {
  if (more > options_.max_accesses || accesses > options_.max_accesses - more) {
    fail(fmt::format("more than {} block accesses, the most allowed", options_.max_accesses));
  }
}

}  // namespace kvsim
