#pragma once
// Tables of delimited text: rows as the values of chosen columns, without allocation a row.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/ids.hpp"
#include "traces/reader/concept.hpp"
#include "traces/reader/input.hpp"
#include "traces/reader/numbers.hpp"

namespace kvsim {

/// The header of a sample, for sniffing.
class CsvHeader {
 public:
  CsvHeader(const Sample& sample, char delimiter);
  bool has(std::string_view column) const;

 private:
  std::vector<std::string_view> columns_;
};

/// Rows of an input, restricted to some columns. Columns are found in the header by name (without
/// regard to case), or, where the input has no header, are numbers from 1.
class CsvTable {
 public:
  /// Reads the header and finds the columns; throws InputError if a required one is missing. An
  /// optional one that is missing gives empty values.
  CsvTable(TraceInput& input, char delimiter, std::vector<std::string> required,
           std::vector<std::string> optional = {}, bool has_header = true);

  /// Whether the header has the column, required or optional, of this number.
  bool has(std::size_t column) const { return position_[column] != kAbsent; }

  /// Calls `row` with the values of required, then optional columns. A BadRecord that it throws is
  /// rejected by its line.
  template <class F>
  void each_row(F&& row) {
    input_->each_line([&](std::string_view line) {
      split(line);
      row(std::span<const std::string_view>(values_));
    });
  }

 private:
  static constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

  void split(std::string_view line);
  void find_columns(std::span<const std::string_view> header, bool has_header);

  TraceInput* input_;
  char delimiter_;
  std::vector<std::string> names_;
  std::size_t required_;
  std::vector<std::size_t> position_;                        ///< of each name's column in a row
  std::vector<std::pair<std::size_t, std::size_t>> wanted_;  ///< (position, name), by position
  std::vector<std::string_view> values_;
};

/// A value as a number; throws BadRecord naming the column.
std::uint64_t csv_u64(std::string_view value, std::string_view column);
std::uint32_t csv_u32(std::string_view value, std::string_view column);
/// A name, which must be UTF-8.
std::string_view csv_text(std::string_view value, std::string_view column);
TimeNs csv_time(std::string_view value, std::string_view column, std::uint64_t ns_per_unit);

}  // namespace kvsim
