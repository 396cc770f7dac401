#include "traces/reader/sniff.hpp"

#include <algorithm>

#include "traces/reader/numbers.hpp"

namespace kvsim {

namespace {

constexpr std::string_view kSpace = " \t\r\n";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The end of the JSON string that begins at `at` (a quote): the position of its closing quote, or
/// npos.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

JsonShape::JsonShape(std::string_view head) {
  head = without_bom(head);
  std::size_t i = head.find_first_not_of(kSpace);
  if (i == std::string_view::npos || head[i] != '{') return;
  ++i;
  int depth = 1;
  bool name_next = true;
  while (i < head.size() && depth > 0) {
    const char c = head[i];
    if (c == '"') {
      const std::size_t end = string_end(head, i);
      if (end == std::string_view::npos) return;
      if (depth == 1 && name_next) {
        const std::string_view name = head.substr(i + 1, end - i - 1);
        const std::size_t colon = head.find_first_not_of(kSpace, end + 1);
        if (colon == std::string_view::npos || head[colon] != ':') return;
        const std::size_t value = head.find_first_not_of(kSpace, colon + 1);
        if (value == std::string_view::npos) return;
        members_.emplace_back(name, head[value]);
        name_next = false;
        i = value;
        continue;
      }
      i = end;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ',' && depth == 1) {
      name_next = true;
    }
    ++i;
  }
}

char JsonShape::value(std::string_view name) const {
  for (const auto& [member, first] : members_) {
    if (member == name) return first;
  }
  return '\0';
}

bool is_text(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\r' || c == '\t';
  });
}

std::vector<std::string_view> sample_lines(std::string_view head, bool complete, std::size_t most) {
  std::vector<std::string_view> lines;
  head = without_bom(head);
  while (!head.empty() && lines.size() < most) {
    const std::size_t end = head.find('\n');
    if (end == std::string_view::npos && !complete) break;
    const std::string_view line = trimmed(head.substr(0, end));
    if (!line.empty()) lines.push_back(line);
    if (end == std::string_view::npos) break;
    head.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<std::string_view> split_fields(std::string_view line, char delimiter) {
  std::vector<std::string_view> fields;
  std::size_t begin = 0;
  bool in_quotes = false;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    if (i < line.size() && line[i] == '"') in_quotes = !in_quotes;
    if (i < line.size() && (line[i] != delimiter || in_quotes)) continue;
    std::string_view field = trimmed(line.substr(begin, i - begin));
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"') {
      field = field.substr(1, field.size() - 2);
    }
    fields.push_back(field);
    begin = i + 1;
  }
  return fields;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace kvsim
