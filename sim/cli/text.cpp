#include "sim/cli/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sim/core/error.hpp"

namespace kvsim::cli {

namespace {

bool colours_wanted() {
  static const bool wanted = [] {
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0') &&
           (term == nullptr || std::strcmp(term, "dumb") != 0);
  }();
  return wanted;
}

std::string padded(const std::string& text, Style style, std::size_t width, bool right) {
  const std::string space(width - std::min(width, display_width(text)), ' ');
  const std::string shown = styled(text, style);
  return right ? space + shown : shown + space;
}

}  // namespace

std::string styled(std::string_view text, Style style) {
  if (style == Style::kPlain || !colours_wanted()) return std::string(text);
  const std::string_view code = style == Style::kBold ? "1" : style == Style::kDim ? "2" : "32";
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
  }));
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string lines;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const std::size_t needed = display_width(word);
    if (column > 0 && column + 1 + needed > width) {
      lines += '\n';
      column = 0;
    }
    if (column == 0) {
      lines.append(indent, ' ');
      column = indent;
    } else {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += needed;
  }
  return lines + '\n';
}

std::string described(std::string_view left, std::string_view doc, std::size_t left_width,
                      std::size_t width) {
  const std::size_t used = 2 + display_width(left);
  const std::string block = wrapped(doc, width, left_width);
  if (used + 1 >= left_width) return fmt::format("  {}\n{}", left, block);
  return fmt::format("  {}{}{}", left, std::string(left_width - used, ' '),
                     std::string_view(block).substr(std::min(left_width, block.size())));
}

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> pieces;
  while (true) {
    const std::size_t comma = text.find(',');
    pieces.emplace_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return pieces;
    text.remove_prefix(comma + 1);
  }
}

std::string grouped_digits(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string seconds_text(double seconds) {
  if (seconds >= 1) return fmt::format("{:.3g} s", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.3g} ms", seconds * 1e3);
  return fmt::format("{:.3g} us", seconds * 1e6);
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw InputError(fmt::format("standard output: cannot be written: {}", std::strerror(errno)));
  }
}

void Table::add(std::vector<std::string> cells, std::vector<Style> styles) {
  styles.resize(cells.size(), Style::kPlain);
  rows_.push_back({std::move(cells), std::move(styles)});
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(display_width(column.name));
  for (const Row& row : rows_) {
    for (std::size_t c = 0; c < row.cells.size(); ++c) {
      widths[c] = std::max(widths[c], display_width(row.cells[c]));
    }
  }
  std::string text;
  const auto add_line = [&](auto&& cell, auto&& style) {
    std::string line;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (c > 0) line += "  ";
      line += padded(cell(c), style(c), widths[c], columns_[c].is_number);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  };
  add_line([&](std::size_t c) { return columns_[c].name; },
           [](std::size_t) { return Style::kBold; });
  for (const Row& row : rows_) {
    add_line([&](std::size_t c) { return row.cells[c]; },
             [&](std::size_t c) { return row.styles[c]; });
  }
  return text;
}

}  // namespace kvsim::cli
