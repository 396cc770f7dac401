#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvsim {

/// The objects of JSON Lines, of an array, or that follow each other however they are laid out,
/// one after the other, so that a file may be larger than a parser takes.
class JsonObjects {
 public:
  /// `content` outlives this; `name` is its file's, for messages.
  JsonObjects(std::string_view content, std::string name);

  /// The next object's text, or nothing at the end. What is inside is not checked. Throws
  /// InputError naming file and line.
  std::optional<std::string_view> next();
  /// 1-based line on which the last object begins.
  std::uint64_t line() const { return line_; }
  /// Throws InputError `NAME:LINE: MESSAGE`, of that line.
  [[noreturn]] void fail(std::string_view message) const;

 private:
  /// Passes white space, counting lines, and returns the next character, or '\0' at the end.
  char peek();
  std::size_t object_end() const;

  std::string_view content_;
  std::string name_;
  std::size_t at_ = 0;
  std::uint64_t at_line_ = 1;
  std::uint64_t line_ = 1;
  bool in_array_ = false;
  bool first_ = true;
};

}  // namespace kvsim
