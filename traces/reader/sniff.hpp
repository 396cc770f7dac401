#pragma once
// Looks at the beginning of a file, for formats to recognise their own.

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace kvsim {

/// The members of the JSON object that `head` begins with, as far as head goes: name and the first
/// character of the value. Empty if head does not begin with an object.
class JsonShape {
 public:
  explicit JsonShape(std::string_view head);
  bool has(std::string_view name) const { return value(name) != '\0'; }
  /// The first character of the member's value, or '\0' if there is no such member.
  char value(std::string_view name) const;

 private:
  std::vector<std::pair<std::string_view, char>> members_;
};

/// No control characters but white space.
bool is_text(std::string_view head);

/// The complete lines of head, without blank ones, at most `most`; where `complete`, the last line
/// counts though it has no end.
std::vector<std::string_view> sample_lines(std::string_view head, bool complete, std::size_t most);

/// The fields of a line of comma-separated values, trimmed, without quotes.
std::vector<std::string_view> split_fields(std::string_view line, char delimiter);

/// Equal but for the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace kvsim
