#include "model/weights/json_file.hpp"

#include <set>
#include <vector>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 64;

/// What a message shows of a value: the beginning of it.
std::string shown(const Json& value) {
  if (value.is_structured()) return value.is_array() ? "an array" : "an object";
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 60) + "…";
  return text;
}

std::string escaped(std::string_view key) {
  std::string text;
  for (const char c : key) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace

Json parse_json(std::string_view text, const std::string& file) {
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kDeepest) throw InputError(fmt::format("{}: is nested too deeply", file));
    if (event == Json::parse_event_t::object_start) {
      keys.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      keys.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys.back().insert(key).second) {
        throw InputError(fmt::format("{}: has '{}' twice in one object", file, key));
      }
    }
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::parse_error& error) {
    throw InputError(fmt::format("{}: is no valid JSON at byte {}", file, error.byte));
  } catch (const Json::exception& error) {
    throw InputError(fmt::format("{}: is no valid JSON: {}", file, error.what()));
  }
}

void JsonPlace::fail(std::string_view what) const {
  throw InputError(fmt::format("{}: {}: {}", file_, pointer_.empty() ? "/" : pointer_, what));
}

void JsonPlace::refuse(std::string_view allowed) const {
  fail(fmt::format("is {} (allowed: {})", shown(*value_), allowed));
}

std::optional<JsonPlace> JsonPlace::find(std::string_view key) const {
  if (!value_->is_object()) refuse("an object");
  const auto found = value_->find(key);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  return JsonPlace(*found, file_, pointer_ + '/' + escaped(key));
}

JsonPlace JsonPlace::at(std::string_view key) const {
  auto found = find(key);
  if (!found) fail(fmt::format("has no '{}'", key));
  return *found;
}

JsonPlace JsonPlace::at(std::size_t index) const {
  if (index >= size()) fail(fmt::format("has no element {}", index));
  return {(*value_)[index], file_, fmt::format("{}/{}", pointer_, index)};
}

std::size_t JsonPlace::size() const {
  if (!value_->is_array()) refuse("an array");
  return value_->size();
}

const std::string& JsonPlace::text() const {
  if (!value_->is_string()) refuse("text");
  return value_->get_ref<const std::string&>();
}

bool JsonPlace::boolean() const {
  if (!value_->is_boolean()) refuse("true and false");
  return value_->get<bool>();
}

double JsonPlace::number() const {
  if (!value_->is_number()) refuse("numbers");
  return value_->get<double>();
}

std::uint64_t JsonPlace::integer() const {
  if (!value_->is_number_unsigned()) refuse("whole numbers from 0 on");
  return value_->get<std::uint64_t>();
}

}  // namespace kvsim
