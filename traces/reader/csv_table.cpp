#include "traces/reader/csv_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "sim/core/error.hpp"
#include "traces/reader/json.hpp"
#include "traces/reader/sniff.hpp"

namespace kvsim {

namespace {

std::string_view unquoted(std::string_view value) {
  value = trimmed(value);
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  return value;
}

/// Where the field that begins at `begin` ends: at the delimiter outside quotes, or at the end.
std::size_t field_end(std::string_view line, std::size_t begin, char delimiter) {
  if (begin < line.size() && line[begin] == '"') {
    std::size_t quote = line.find('"', begin + 1);
    while (quote != std::string_view::npos && quote + 1 < line.size() && line[quote + 1] == '"') {
      quote = line.find('"', quote + 2);
    }
    if (quote == std::string_view::npos) throw BadRecord("a quoted value has no closing quote");
    begin = quote + 1;
  }
  const std::size_t end = line.find(delimiter, begin);
  return end == std::string_view::npos ? line.size() : end;
}

}  // namespace

CsvHeader::CsvHeader(const Sample& sample, char delimiter) {
  const auto lines = sample_lines(sample.head, sample.complete, 1);
  if (!lines.empty() && is_text(lines.front())) columns_ = split_fields(lines.front(), delimiter);
}

bool CsvHeader::has(std::string_view column) const {
  return std::any_of(columns_.begin(), columns_.end(),
                     [&](std::string_view name) { return equal_ignoring_case(name, column); });
}

CsvTable::CsvTable(TraceInput& input, char delimiter, std::vector<std::string> required,
                   std::vector<std::string> optional, bool has_header)
    : input_(&input), delimiter_(delimiter), names_(std::move(required)), required_(names_.size()) {
  names_.insert(names_.end(), optional.begin(), optional.end());
  values_.resize(names_.size());
  std::string_view line;
  std::vector<std::string_view> header;
  if (has_header) {
    while (header.empty() && input.next_line(line)) {
      if (!trimmed(line).empty()) header = split_fields(line, delimiter);
    }
  }
  find_columns(header, has_header);
}

void CsvTable::find_columns(std::span<const std::string_view> header, bool has_header) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const std::string& name = names_[i];
    std::size_t position = kAbsent;
    const auto it = std::find_if(header.begin(), header.end(), [&](std::string_view column) {
      return equal_ignoring_case(column, name);
    });
    if (it != header.end()) {
      position = static_cast<std::size_t>(it - header.begin());
    } else if (const auto number = parse_u64(name); number && *number >= 1 && *number <= 4096 &&
                                                    (!has_header || *number <= header.size())) {
      position = static_cast<std::size_t>(*number) - 1;
    }
    if (position == kAbsent && i < required_) {
      input_->fail(
          has_header
              ? fmt::format("no column '{}'; the header has {}", name, fmt::join(header, ", "))
              : fmt::format("column '{}': without a header, columns are numbers from 1", name));
    }
    position_.push_back(position);
    if (position != kAbsent) wanted_.emplace_back(position, i);
  }
  std::sort(wanted_.begin(), wanted_.end());
}

void CsvTable::split(std::string_view line) {
  std::size_t column = 0;
  std::size_t begin = 0;
  std::size_t next = 0;
  while (next < wanted_.size()) {
    const std::size_t end = field_end(line, begin, delimiter_);
    for (; next < wanted_.size() && wanted_[next].first == column; ++next) {
      values_[wanted_[next].second] = unquoted(line.substr(begin, end - begin));
    }
    if (end >= line.size()) break;
    begin = end + 1;
    ++column;
  }
  for (; next < wanted_.size(); ++next) {
    const std::size_t name = wanted_[next].second;
    if (name < required_) {
      throw BadRecord(fmt::format("the line has {} columns, but '{}' is column {}", column + 1,
                                  names_[name], wanted_[next].first + 1));
    }
    values_[name] = {};
  }
}

std::uint64_t csv_u64(std::string_view value, std::string_view column) {
  const std::optional<std::uint64_t> number = parse_u64(value);
  if (!number) {
    bad_field(column, quoted(value), fmt::format("an integer from 0 to {}", UINT64_MAX));
  }
  return *number;
}

std::uint32_t csv_u32(std::string_view value, std::string_view column) {
  const std::optional<std::uint64_t> number = parse_u64(value);
  if (!number || *number > UINT32_MAX) {
    bad_field(column, quoted(value), fmt::format("an integer from 0 to {}", UINT32_MAX));
  }
  return static_cast<std::uint32_t>(*number);
}

std::string_view csv_text(std::string_view value, std::string_view column) {
  if (!is_utf8(value)) bad_field(column, quoted(value), "text in UTF-8");
  return value;
}

TimeNs csv_time(std::string_view value, std::string_view column, std::uint64_t ns_per_unit) {
  const std::optional<TimeNs> time = parse_time(value, ns_per_unit);
  if (!time) {
    bad_field(
        column, quoted(value),
        fmt::format("a time from 0 to {}", static_cast<std::uint64_t>(kMaxTimeNs) / ns_per_unit));
  }
  return *time;
}

}  // namespace kvsim
