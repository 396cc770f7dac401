#include "model/workload/json_objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/core/error.hpp"
#include "traces/reader/input.hpp"

namespace kvsim {

JsonObjects::JsonObjects(std::string_view content, std::string name)
    : content_(content), name_(std::move(name)) {
  in_array_ = peek() == '[';
  if (in_array_) ++at_;
}

void JsonObjects::fail(std::string_view message) const {
  throw InputError(fmt::format("{}:{}: {}", name_, line_, message));
}

char JsonObjects::peek() {
  for (; at_ < content_.size(); ++at_) {
    const char c = content_[at_];
    if (c == '\n') ++at_line_;
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return c;
  }
  return '\0';
}

std::size_t JsonObjects::object_end() const {
  std::uint64_t depth = 0;
  bool in_text = false;
  for (std::size_t i = at_; i < content_.size(); ++i) {
    const char c = content_[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  fail("the object that begins here does not end");
}

std::optional<std::string_view> JsonObjects::next() {
  char c = peek();
  line_ = at_line_;
  if (in_array_ && c == ']') {
    ++at_;
    in_array_ = false;
    if (peek() == '\0') return std::nullopt;
    line_ = at_line_;
    fail("more follows the array that ends here");
  }
  if (in_array_ && !first_) {
    if (c != ',') fail(c == '\0' ? "the array does not end" : "no comma between two objects");
    ++at_;
    c = peek();
    line_ = at_line_;
  }
  first_ = false;
  if (c == '\0' && !in_array_) return std::nullopt;
  if (c != '{') {
    fail(c == '\0'
             ? "the array does not end"
             : fmt::format("{} where an object should begin", quoted(content_.substr(at_, 20))));
  }
  const std::size_t end = object_end();
  const std::string_view object = content_.substr(at_, end - at_);
  at_line_ += static_cast<std::uint64_t>(std::count(object.begin(), object.end(), '\n'));
  at_ = end;
  return object;
}

}  // namespace kvsim
