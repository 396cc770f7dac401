#include "traces/reader/json.hpp"

#include <fmt/format.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <simdjson.h>
#pragma GCC diagnostic pop

#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "traces/reader/input.hpp"
#include "traces/reader/numbers.hpp"

namespace kvsim {

namespace dom = simdjson::dom;

static_assert(sizeof(dom::element) == sizeof(std::array<std::byte, 16>));
static_assert(std::is_trivially_copyable_v<dom::element>);
static_assert(TraceInput::kPadding >= simdjson::SIMDJSON_PADDING);

struct JsonAccess {
  static JsonValue wrap(const dom::element& element) {
    JsonValue value;
    value.element_ = std::bit_cast<std::array<std::byte, 16>>(element);
    value.present_ = true;
    return value;
  }
  static dom::element element(const JsonValue& value) {
    return std::bit_cast<dom::element>(value.element_);
  }
};

namespace {

dom::element_type type_of(const JsonValue& value) { return JsonAccess::element(value).type(); }

[[noreturn]] void refuse(const JsonValue& value, std::string_view field, std::string_view allowed) {
  bad_field(field, json_text(value), allowed);
}

std::string range_text(std::uint64_t most) { return fmt::format("an integer from 0 to {}", most); }

dom::array array_of(const JsonValue& value, std::string_view field, std::string_view allowed) {
  if (!value.present() || type_of(value) != dom::element_type::ARRAY) refuse(value, field, allowed);
  return JsonAccess::element(value).get_array().value_unsafe();
}

dom::object object_of(const JsonValue& value) {
  return JsonAccess::element(value).get_object().value_unsafe();
}

std::string_view text_of(const JsonValue& value) {
  return JsonAccess::element(value).get_string().value_unsafe();
}

template <class T>
void read_integers(const JsonValue& value, std::string_view field, std::uint64_t most,
                   std::vector<T>& out) {
  out.clear();
  std::size_t index = 0;
  for (const dom::element element : array_of(value, field, "an array of integers")) {
    std::uint64_t number = 0;
    // Positive numbers that fit int64 lie on the tape as such; get_uint64 takes both.
    if (element.get_uint64().get(number) != simdjson::SUCCESS || number > most) {
      bad_field(fmt::format("{}[{}]", field, index), json_text(JsonAccess::wrap(element)),
                range_text(most));
    }
    out.push_back(static_cast<T>(number));
    ++index;
  }
}

}  // namespace

struct JsonParser::State {
  dom::parser parser{4 * TraceInput::kMaxLine};
  std::string copy;
};

JsonParser::JsonParser() : state_(std::make_unique<State>()) {}
JsonParser::~JsonParser() = default;

JsonValue JsonParser::parse(std::string_view padded) {
  dom::element root;
  const simdjson::error_code error =
      state_->parser.parse(padded.data(), padded.size(), false).get(root);
  if (error != simdjson::SUCCESS) {
    throw BadRecord(fmt::format("not valid JSON: {}", simdjson::error_message(error)));
  }
  return JsonAccess::wrap(root);
}

JsonValue JsonParser::parse_copy(std::string_view text) {
  state_->copy.assign(text);
  state_->copy.append(TraceInput::kPadding, '\0');
  return parse(std::string_view(state_->copy).substr(0, text.size()));
}

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

bool json_is_null(const JsonValue& value) {
  return value.present() && type_of(value) == dom::element_type::NULL_VALUE;
}
bool json_is_array(const JsonValue& value) {
  return value.present() && type_of(value) == dom::element_type::ARRAY;
}
bool json_is_object(const JsonValue& value) {
  return value.present() && type_of(value) == dom::element_type::OBJECT;
}
bool json_is_string(const JsonValue& value) {
  return value.present() && type_of(value) == dom::element_type::STRING;
}
bool json_is_number(const JsonValue& value) {
  if (!value.present()) return false;
  const dom::element_type type = type_of(value);
  return type == dom::element_type::INT64 || type == dom::element_type::UINT64 ||
         type == dom::element_type::DOUBLE;
}

std::string json_text(const JsonValue& value) {
  if (!value.present()) return "missing";
  const dom::element element = JsonAccess::element(value);
  switch (element.type()) {
    case dom::element_type::ARRAY:
      return fmt::format("an array of {}", array_of(value, "", "").size());
    case dom::element_type::OBJECT:
      return "an object";
    case dom::element_type::STRING:
      return quoted(text_of(value));
    default:
      return simdjson::minify(element);
  }
}

std::uint64_t json_u64(const JsonValue& value, std::string_view field, std::uint64_t most) {
  std::uint64_t number = 0;
  if (!value.present() ||
      JsonAccess::element(value).get_uint64().get(number) != simdjson::SUCCESS || number > most) {
    refuse(value, field, range_text(most));
  }
  return number;
}

std::int64_t json_i64(const JsonValue& value, std::string_view field) {
  std::int64_t number = 0;
  if (!value.present() || JsonAccess::element(value).get_int64().get(number) != simdjson::SUCCESS) {
    refuse(value, field, "an integer");
  }
  return number;
}

double json_number(const JsonValue& value, std::string_view field) {
  double number = 0;
  if (!value.present() ||
      JsonAccess::element(value).get_double().get(number) != simdjson::SUCCESS ||
      !std::isfinite(number)) {
    refuse(value, field, "a number");
  }
  return number;
}

std::string_view json_string(const JsonValue& value, std::string_view field) {
  if (!json_is_string(value)) refuse(value, field, "a string");
  return text_of(value);
}

std::string json_name(const JsonValue& value, std::string_view field) {
  if (json_is_string(value)) return std::string(json_string(value, field));
  std::int64_t number = 0;
  if (!value.present() || JsonAccess::element(value).get_int64().get(number) != simdjson::SUCCESS) {
    refuse(value, field, "a string or an integer");
  }
  return std::to_string(number);
}

TimeNs json_time(const JsonValue& value, std::string_view field, double ns_per_unit) {
  const auto unit = static_cast<std::uint64_t>(ns_per_unit);
  std::uint64_t whole = 0;
  if (value.present() && JsonAccess::element(value).get_uint64().get(whole) == simdjson::SUCCESS) {
    if (whole <= static_cast<std::uint64_t>(kMaxTimeNs) / unit) {
      return static_cast<TimeNs>(whole * unit);
    }
  } else if (json_is_number(value)) {
    const double ns = json_number(value, field) * ns_per_unit;
    if (ns >= 0 && ns < static_cast<double>(kMaxTimeNs)) return std::llround(ns);
  }
  refuse(value, field,
         fmt::format("a time from 0 to {}", static_cast<std::uint64_t>(kMaxTimeNs) / unit));
}

void json_u64s(const JsonValue& value, std::string_view field, std::uint64_t most,
               std::vector<std::uint64_t>& out) {
  read_integers(value, field, most, out);
}

void json_u32s(const JsonValue& value, std::string_view field, std::vector<std::uint32_t>& out) {
  read_integers(value, field, 0xffffffffu, out);
}

void json_items(const JsonValue& value, std::string_view field, std::vector<JsonValue>& out) {
  out.clear();
  for (const dom::element element : array_of(value, field, "an array")) {
    out.push_back(JsonAccess::wrap(element));
  }
}

void json_members(const JsonValue& value, std::string_view field,
                  std::vector<std::pair<std::string_view, JsonValue>>& out) {
  out.clear();
  if (!json_is_object(value)) refuse(value, field, "an object");
  for (const dom::key_value_pair member : object_of(value)) {
    out.emplace_back(member.key, JsonAccess::wrap(member.value));
  }
}

void json_pick(const JsonValue& value, std::string_view what,
               std::span<const std::string_view> names, std::span<JsonValue> out) {
  if (!json_is_object(value)) {
    throw BadRecord(fmt::format("{} is {}, allowed is an object", what, json_text(value)));
  }
  for (const dom::key_value_pair member : object_of(value)) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (member.key != names[i]) continue;
      if (out[i].present()) throw BadRecord(fmt::format("field '{}' is given twice", names[i]));
      out[i] = JsonAccess::wrap(member.value);
    }
  }
}

}  // namespace kvsim
