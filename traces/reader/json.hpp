#pragma once
// The JSON that readers need, over simdjson, whose header only json.cpp includes. A value is valid
// until its parser parses again. All functions throw BadRecord naming `field`.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim {

/// A parsed value, or nothing: the field is missing.
class JsonValue {
 public:
  JsonValue() = default;
  bool present() const { return present_; }

 private:
  friend struct JsonAccess;
  alignas(8) std::array<std::byte, 16> element_{};
  bool present_ = false;
};

class JsonParser {
 public:
  JsonParser();
  ~JsonParser();
  JsonParser(const JsonParser&) = delete;
  JsonParser& operator=(const JsonParser&) = delete;

  /// Parses one document, which has TraceInput::kPadding readable bytes behind it. Throws
  /// BadRecord `not valid JSON: …`.
  JsonValue parse(std::string_view padded);
  /// The same for text without padding, copied.
  JsonValue parse_copy(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Whether text is UTF-8, as JSON demands, and names of every format should be.
bool is_utf8(std::string_view text);

bool json_is_null(const JsonValue& value);
bool json_is_array(const JsonValue& value);
bool json_is_object(const JsonValue& value);
bool json_is_string(const JsonValue& value);
bool json_is_number(const JsonValue& value);
/// `missing`, or the value as JSON, of bounded length, for messages.
std::string json_text(const JsonValue& value);

/// An integer from 0 to `most`.
std::uint64_t json_u64(const JsonValue& value, std::string_view field, std::uint64_t most);
inline std::uint32_t json_u32(const JsonValue& value, std::string_view field) {
  return static_cast<std::uint32_t>(json_u64(value, field, 0xffffffffu));
}
/// An integer of 64 bits with sign.
std::int64_t json_i64(const JsonValue& value, std::string_view field);
/// A number, integer or not, always finite.
double json_number(const JsonValue& value, std::string_view field);
std::string_view json_string(const JsonValue& value, std::string_view field);
/// A string, or an integer as text.
std::string json_name(const JsonValue& value, std::string_view field);
/// A time of at least 0, `ns_per_unit` nanoseconds its unit.
TimeNs json_time(const JsonValue& value, std::string_view field, double ns_per_unit);

/// An array of integers from 0 to `most`, replacing the content of `out`.
void json_u64s(const JsonValue& value, std::string_view field, std::uint64_t most,
               std::vector<std::uint64_t>& out);
void json_u32s(const JsonValue& value, std::string_view field, std::vector<std::uint32_t>& out);
/// The values of an array, replacing the content of `out`.
void json_items(const JsonValue& value, std::string_view field, std::vector<JsonValue>& out);
/// The members of an object, in order.
void json_members(const JsonValue& value, std::string_view field,
                  std::vector<std::pair<std::string_view, JsonValue>>& out);

/// The members called `names`, each where its name is; missing ones stay absent, others are passed
/// over. Throws BadRecord if `value` is no object or has one of the names twice.
void json_pick(const JsonValue& value, std::string_view what,
               std::span<const std::string_view> names, std::span<JsonValue> out);

template <std::size_t N>
std::array<JsonValue, N> json_pick(const JsonValue& value, std::string_view what,
                                   const std::array<std::string_view, N>& names) {
  std::array<JsonValue, N> out;
  json_pick(value, what, std::span<const std::string_view>(names), std::span<JsonValue>(out));
  return out;
}

}  // namespace kvsim
