#include "sim/core/json_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace kvsim {

using Json = JsonNode::Json;

std::string pointer_step(std::string_view step) {
  std::string escaped = "/";
  for (const char c : step) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string JsonNode::place() const {
  return pointer_.empty() ? *file_ : fmt::format("{}: {}", *file_, pointer_);
}

void JsonNode::fail(std::string_view message) const {
  throw InputError(fmt::format("{}: {}", place(), message));
}

std::string JsonNode::found() const {
  if (json_->is_object()) return "an object";
  if (json_->is_array()) return json_->empty() ? "an empty list" : "a list";
  constexpr std::size_t kLongest = 60;
  std::string text = json_->dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

void JsonNode::refuse(std::string_view allowed) const {
  fail(fmt::format("found {}, allowed: {}", found(), allowed));
}

JsonNode JsonNode::child(std::string_view step, const Json& json) const {
  JsonNode node(*file_, json);
  node.pointer_ = pointer_ + pointer_step(step);
  return node;
}

JsonNode JsonNode::at(const std::string& key) const {
  if (!has(key)) fail(fmt::format("\"{}\" is missing", key));
  return child(key, json_->at(key));
}

std::optional<JsonNode> JsonNode::find(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  return child(key, json_->at(key));
}

namespace {

// Also finds "policies" for "policy", which no small number of edits does.
std::string unknown_key(const std::string& key, const std::vector<std::string>& allowed) {
  if (nearest_name(key, allowed).empty()) {
    for (const std::string& name : allowed) {
      const auto common = std::mismatch(key.begin(), key.end(), name.begin(), name.end()).first;
      const auto shared = static_cast<std::size_t>(common - key.begin());
      constexpr std::size_t kWord = 4;
      if (shared < kWord || shared + 1 < key.size()) continue;
      return fmt::format("unknown key '{}'; did you mean '{}'? (allowed: {})", key, name,
                         fmt::join(allowed, ", "));
    }
  }
  return unknown_name("key", key, allowed);
}

}  // namespace

void JsonNode::check_keys(const std::vector<std::string>& allowed) const {
  if (!json_->is_object()) refuse("an object");
  for (const auto& [key, value] : json_->items()) {
    if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
      child(key, value).fail(unknown_key(key, allowed));
    }
  }
}

std::string JsonNode::text(std::string_view allowed) const {
  if (!json_->is_string()) refuse(allowed);
  return json_->get<std::string>();
}

bool JsonNode::boolean() const {
  if (!json_->is_boolean()) refuse("true or false");
  return json_->get<bool>();
}

std::uint64_t JsonNode::integer(std::uint64_t min, std::uint64_t max) const {
  if (!json_->is_number_unsigned() || json_->get<std::uint64_t>() < min ||
      json_->get<std::uint64_t>() > max) {
    refuse(fmt::format("an integer from {} to {}", min, max));
  }
  return json_->get<std::uint64_t>();
}

double JsonNode::number(double min, double max) const {
  if (!json_->is_number() || !(json_->get<double>() >= min && json_->get<double>() <= max)) {
    refuse(fmt::format("a number from {:g} to {:g}", min, max));
  }
  return json_->get<double>();
}

ParamValue JsonNode::parameter() const {
  if (json_->is_boolean()) return json_->get<bool>();
  if (json_->is_number_unsigned() && json_->get<std::uint64_t>() > INT64_MAX) {
    return static_cast<double>(json_->get<std::uint64_t>());
  }
  if (json_->is_number_integer()) return json_->get<std::int64_t>();
  if (json_->is_number()) return json_->get<double>();
  if (json_->is_string()) return json_->get<std::string>();
  refuse("true, false, a number or text");
}

std::vector<JsonNode> JsonNode::items(std::string_view allowed) const {
  if (!json_->is_array()) return {*this};
  if (json_->empty()) refuse(allowed);
  std::vector<JsonNode> nodes;
  for (std::size_t i = 0; i < json_->size(); ++i) {
    nodes.push_back(child(std::to_string(i), (*json_)[i]));
  }
  return nodes;
}

namespace {

// Follows the parser through the document to know where it is, and which keys each open object has.
class KeyWatch {
 public:
  explicit KeyWatch(const std::string& file) : file_(&file) {}

  bool operator()(Json::parse_event_t event, const Json& parsed) {
    switch (event) {
      case Json::parse_event_t::object_start:
        open_.push_back({false, 0, "", {}});
        break;
      case Json::parse_event_t::array_start:
        open_.push_back({true, 0, "", {}});
        break;
      case Json::parse_event_t::key: {
        Level& level = open_.back();
        level.key = parsed.get<std::string>();
        if (!level.keys.insert(level.key).second) {
          throw InputError(
              fmt::format("{}: {}: key \"{}\" is given twice", *file_, pointer(), level.key));
        }
        break;
      }
      case Json::parse_event_t::object_end:
      case Json::parse_event_t::array_end:
        open_.pop_back();
        next_item();
        break;
      case Json::parse_event_t::value:
        next_item();
        break;
    }
    return true;
  }

 private:
  struct Level {
    bool is_list;
    std::size_t index;
    std::string key;
    std::set<std::string> keys;
  };

  void next_item() {
    if (!open_.empty() && open_.back().is_list) ++open_.back().index;
  }
  std::string pointer() const {
    std::string text;
    for (const Level& level : open_) {
      text += pointer_step(level.is_list ? std::to_string(level.index) : level.key);
    }
    return text;
  }

  const std::string* file_;
  std::vector<Level> open_;
};

}  // namespace

std::string read_json_text(const std::filesystem::path& file) {
  constexpr std::uintmax_t kLargest = std::uintmax_t{64} << 20;
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  std::ifstream stream(file, std::ios::binary);
  if (error || !stream) {
    throw InputError(fmt::format("{}: cannot be read{}{}", file.string(), error ? ": " : "",
                                 error ? error.message() : ""));
  }
  if (size > kLargest) {
    throw InputError(fmt::format("{}: {} bytes, no such file is as large", file.string(), size));
  }
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

Json parse_strict_json(std::string_view text, const std::string& file) {
  KeyWatch watch(file);
  try {
    return Json::parse(text, [&watch](int, Json::parse_event_t event, Json& parsed) {
      return watch(event, parsed);
    });
  } catch (const Json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 3, column 5: …"
    std::string_view message = error.what();
    if (const std::size_t end = message.find("] "); end != std::string_view::npos) {
      message.remove_prefix(end + 2);
    }
    throw InputError(fmt::format("{}: not JSON: {}", file, message));
  }
}

}  // namespace kvsim
