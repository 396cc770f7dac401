#include "tests/reports/xml_check.hpp"

#include <array>
#include <set>
#include <vector>

namespace kvsim::reports::testing {
namespace {

class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  std::string run() {
    if (starts("<?xml")) at_ = text_.find("?>") + 2;
    while (error_.empty() && at_ < text_.size()) {
      if (text_[at_] == '<') {
        tag();
      } else {
        character(open_.empty());
      }
    }
    if (error_.empty() && !open_.empty()) fail("unclosed element " + open_.back());
    if (error_.empty() && roots_ != 1) fail("not one root element");
    return error_;
  }

 private:
  bool starts(std::string_view what) const { return text_.substr(at_, what.size()) == what; }

  void fail(const std::string& what) {
    error_ = what + " at byte " + std::to_string(at_);
    at_ = text_.size();
  }

  // One character of text; outside the root only white space may stand.
  void character(bool outside) {
    const char c = text_[at_];
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 && c != '\n' && c != '\t' && c != '\r') return fail("control character");
    if (outside && c != '\n' && c != ' ') return fail("text outside the root");
    if (c == '&') return entity();
    ++at_;
  }

  void entity() {
    for (const std::string_view known :
         std::array<std::string_view, 5>{"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
      if (starts(known)) {
        at_ += known.size();
        return;
      }
    }
    fail("unknown entity");
  }

  std::string name() {
    const std::size_t from = at_;
    while (at_ < text_.size() && text_.find_first_of(" \n\t=/>\"", at_) != at_) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  void space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  void tag() {
    ++at_;
    if (at_ < text_.size() && text_[at_] == '/') {
      ++at_;
      const std::string closed = name();
      if (open_.empty() || open_.back() != closed) return fail("closes " + closed);
      open_.pop_back();
      if (!starts(">")) return fail("bad end tag");
      ++at_;
      return;
    }
    const std::string element = name();
    if (element.empty()) return fail("element without a name");
    if (open_.empty()) ++roots_;
    std::set<std::string> attributes;
    for (space(); at_ < text_.size() && text_[at_] != '>' && text_[at_] != '/'; space()) {
      if (!attribute(attributes)) return;
    }
    if (starts("/>")) {
      at_ += 2;
    } else if (starts(">")) {
      ++at_;
      open_.push_back(element);
    } else {
      fail("bad tag");
    }
  }

  bool attribute(std::set<std::string>& seen) {
    const std::string key = name();
    if (key.empty() || !starts("=\"")) {
      fail("bad attribute");
      return false;
    }
    if (!seen.insert(key).second) {
      fail("attribute twice: " + key);
      return false;
    }
    at_ += 2;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '<') {
        fail("< in an attribute");
        return false;
      }
      character(false);
    }
    ++at_;
    return error_.empty();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t roots_ = 0;
  std::vector<std::string> open_;
  std::string error_;
};

}  // namespace

std::string xml_error(std::string_view text) { return Checker(text).run(); }

}  // namespace kvsim::reports::testing
