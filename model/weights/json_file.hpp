#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kvsim {

/// Parses a model's JSON. Throws InputError naming `file` and the byte where it is malformed, or
/// the key that an object has twice.
nlohmann::json parse_json(std::string_view text, const std::string& file);

/// A value within a JSON file, which knows where it is, so that errors name file and JSON pointer.
class JsonPlace {
 public:
  JsonPlace(const nlohmann::json& value, std::string file, std::string pointer = "")
      : value_(&value), file_(std::move(file)), pointer_(std::move(pointer)) {}

  const nlohmann::json& value() const { return *value_; }
  /// The member of this name; nullopt if it is absent or null. Throws where this is no object.
  std::optional<JsonPlace> find(std::string_view key) const;
  /// The member of this name. Throws where it is absent.
  JsonPlace at(std::string_view key) const;
  /// The element of an array.
  JsonPlace at(std::size_t index) const;
  /// How many elements an array has. Throws where this is no array.
  std::size_t size() const;

  const std::string& text() const;
  bool boolean() const;
  double number() const;
  std::uint64_t integer() const;  ///< none below zero

  /// Throws InputError: `FILE: POINTER: what`.
  [[noreturn]] void fail(std::string_view what) const;
  /// `POINTER is FOUND (allowed: …)`.
  [[noreturn]] void refuse(std::string_view allowed) const;

  const std::string& file() const { return file_; }

 private:
  const nlohmann::json* value_;
  std::string file_;
  std::string pointer_;
};

}  // namespace kvsim
