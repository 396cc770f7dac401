#pragma once
// Text for terminals: wrapping, columns, colours, and where it goes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kvsim::cli {

enum class Style { kPlain, kBold, kDim, kGreen };

/// `text` in a style, where standard output is a terminal and NO_COLOR is not set; else `text`.
std::string styled(std::string_view text, Style style);

/// Columns that the text takes; UTF-8 characters of several bytes take one.
std::size_t display_width(std::string_view text);

/// Wraps words at `width` columns, each line indented by `indent`, the last one ended too.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

/// `left` indented by two, and `doc` wrapped in the column behind it; on the next line where `left`
/// is too long.
std::string described(std::string_view left, std::string_view doc, std::size_t left_width,
                      std::size_t width);

/// The pieces between commas, without the spaces around them.
std::vector<std::string> split_list(std::string_view text);

/// "1,234,567".
std::string grouped_digits(std::uint64_t number);

/// "1.25 s", "158 ms", "3.2 us".
std::string seconds_text(double seconds);

/// Writes to standard output. Throws InputError if it cannot, other than for a closed pipe.
void print(std::string_view text);

/// Rows in aligned columns, under a heading.
class Table {
 public:
  struct Column {
    std::string name;
    bool is_number = true;  ///< aligned to the right
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as columns; `styles` is empty or as long.
  void add(std::vector<std::string> cells, std::vector<Style> styles = {});
  std::size_t columns() const { return columns_.size(); }
  std::string text() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::vector<Style> styles;
  };
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace kvsim::cli
