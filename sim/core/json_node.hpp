#pragma once
// A place in a JSON file of a user's: a value with the pointer that leads to it, so that every
// complaint can name it.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/fields.hpp"
#include "sim/core/placed.hpp"

namespace kvsim {

class JsonNode {
 public:
  using Json = nlohmann::json;

  /// `file` and `json` must outlive the node.
  JsonNode(const std::string& file, const Json& json) : file_(&file), json_(&json) {}

  const Json& json() const { return *json_; }
  bool is_object() const { return json_->is_object(); }
  bool is_text() const { return json_->is_string(); }
  bool is_number() const { return json_->is_number(); }

  /// Throws InputError `FILE: POINTER: MESSAGE`.
  [[noreturn]] void fail(std::string_view message) const;
  /// The same: `found FOUND, allowed: ALLOWED`.
  [[noreturn]] void refuse(std::string_view allowed) const;
  /// Calls `f()`, and gives an InputError that it throws this place.
  template <class F>
  auto placed(F&& f) const {
    return kvsim::placed(place(), f);
  }

  const std::string& pointer() const { return pointer_; }
  /// File and pointer, as messages begin.
  std::string place() const;
  bool has(const std::string& key) const { return json_->contains(key); }
  JsonNode at(const std::string& key) const;
  std::optional<JsonNode> find(const std::string& key) const;
  /// Calls `f(node)` if the object has `key`.
  template <class F>
  void with(const std::string& key, F&& f) const {
    if (const auto node = find(key)) f(*node);
  }

  /// Throws InputError unless this is an object and every key of it is allowed.
  void check_keys(const std::vector<std::string>& allowed) const;

  std::string text(std::string_view allowed) const;
  bool boolean() const;
  std::uint64_t integer(std::uint64_t min, std::uint64_t max) const;
  double number(double min, double max) const;
  /// A policy's parameter.
  ParamValue parameter() const;
  /// The items of a list of at least one, or this value alone.
  std::vector<JsonNode> items(std::string_view allowed) const;
  /// items(), each read by `read(node)`.
  template <class F>
  auto list(std::string_view allowed, F&& read) const {
    std::vector<decltype(read(*this))> values;
    for (const JsonNode& node : items(allowed)) values.push_back(read(node));
    return values;
  }

 private:
  JsonNode child(std::string_view step, const Json& json) const;
  std::string found() const;

  const std::string* file_;
  const Json* json_;
  std::string pointer_;
};

/// `step` as it stands in a JSON pointer (RFC 6901).
std::string pointer_step(std::string_view step);

/// The text of a configuration's file, at most 64 MiB. Throws InputError.
std::string read_json_text(const std::filesystem::path& file);

/// Parses JSON, refusing an object that has a key twice. Throws InputError with `file` and the line
/// or the JSON pointer.
nlohmann::json parse_strict_json(std::string_view text, const std::string& file);

}  // namespace kvsim
