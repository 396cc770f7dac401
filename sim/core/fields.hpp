#pragma once
// How a component describes its Config: name, range, default and meaning of each field, once, from
// which parsing, error messages, `kvsim list`, and the config schema follow.

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace kvsim {

/// A parameter's value as written in a config or on the command line.
using ParamValue = std::variant<bool, std::int64_t, double, std::string>;
/// Parameters by name, in the order written.
using Params = std::vector<std::pair<std::string, ParamValue>>;

/// What is known of one field, without its type.
struct FieldInfo {
  std::string name;
  std::string type;  ///< "bool", "int", "number", "choice" or "text"
  ParamValue default_value;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices;
  std::string doc;
};

/// One field of a Config. Made by the field() functions.
template <class Config, class T>
struct Field {
  std::string_view name;
  T Config::*member;
  double min;
  double max;
  std::vector<std::string_view> choices;  ///< enums: the name of value i
  std::string_view doc;
};

/// A number with its closed range.
template <class Config, class T>
requires std::is_arithmetic_v<T> &&
    (!std::is_same_v<T, bool>)Field<Config, T> field(std::string_view name, T Config::*member,
                                                     double min, double max, std::string_view doc) {
  return {name, member, min, max, {}, doc};
}

/// A switch.
template <class Config>
Field<Config, bool> field(std::string_view name, bool Config::*member, std::string_view doc) {
  return {name, member, 0, 1, {}, doc};
}

/// An enum whose values 0, 1, … are called as listed.
template <class Config, class E>
requires std::is_enum_v<E> Field<Config, E> field(std::string_view name, E Config::*member,
                                                  std::vector<std::string_view> choices,
                                                  std::string_view doc) {
  return {name, member, 0, 0, std::move(choices), doc};
}

/// Free text, such as the name of a column.
template <class Config>
Field<Config, std::string> field(std::string_view name, std::string Config::*member,
                                 std::string_view doc) {
  return {name, member, 0, 0, {}, doc};
}

/// `where` says whose parameter it is, for messages: "policy 's3fifo'".
/// Each throws InputError where `value` is of the wrong type, out of range or no choice.
bool to_bool(const ParamValue& value, const FieldInfo& info, std::string_view where);
std::int64_t to_integer(const ParamValue& value, const FieldInfo& info, std::string_view where);
double to_number(const ParamValue& value, const FieldInfo& info, std::string_view where);
std::size_t to_choice(const ParamValue& value, const FieldInfo& info, std::string_view where);
/// Throws InputError if a parameter is given twice or is none of the fields.
void check_names(const Params& params, std::span<const FieldInfo> fields, std::string_view where);
/// `true`, `3`, `0.25` or the text itself.
ParamValue parse_param_value(std::string_view text);
/// The shortest text that parse_param_value reads back.
std::string to_text(const ParamValue& value);

template <class Config>
constexpr auto fields_of() {
  if constexpr (requires { Config::fields(); }) {
    return Config::fields();
  } else {
    static_assert(std::is_empty_v<Config>, "a Config with members must describe them in fields()");
    return std::tuple<>{};
  }
}

template <class Config, class T>
ParamValue field_value(const Config& config, const Field<Config, T>& f) {
  if constexpr (std::is_same_v<T, bool>) {
    return config.*f.member;
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(f.choices[static_cast<std::size_t>(config.*f.member)]);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return config.*f.member;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<std::int64_t>(config.*f.member);
  } else {
    return static_cast<double>(config.*f.member);
  }
}

template <class Config, class T>
FieldInfo field_info(const Field<Config, T>& f) {
  FieldInfo info;
  info.name = std::string(f.name);
  info.type = std::is_same_v<T, bool>          ? "bool"
              : std::is_enum_v<T>              ? "choice"
              : std::is_same_v<T, std::string> ? "text"
              : std::is_integral_v<T>          ? "int"
                                               : "number";
  info.default_value = field_value(Config{}, f);
  info.min = f.min;
  info.max = f.max;
  info.choices.assign(f.choices.begin(), f.choices.end());
  info.doc = std::string(f.doc);
  return info;
}

/// The fields of a component's Config, in order.
template <class Config>
std::vector<FieldInfo> describe() {
  std::vector<FieldInfo> infos;
  std::apply([&](const auto&... f) { (infos.push_back(field_info(f)), ...); }, fields_of<Config>());
  return infos;
}

/// A Config from parameters; what is not given keeps its default. Throws InputError.
template <class Config>
Config parse_config(const Params& params, std::string_view where) {
  const std::vector<FieldInfo> infos = describe<Config>();
  check_names(params, infos, where);
  Config config;
  std::size_t index = 0;
  const auto set = [&]<class T>(const Field<Config, T>& f) {
    const FieldInfo& info = infos[index++];
    for (const auto& [name, value] : params) {
      if (name != info.name) continue;
      if constexpr (std::is_same_v<T, bool>) {
        config.*f.member = to_bool(value, info, where);
      } else if constexpr (std::is_enum_v<T>) {
        config.*f.member = static_cast<T>(to_choice(value, info, where));
      } else if constexpr (std::is_same_v<T, std::string>) {
        config.*f.member = to_text(value);
      } else if constexpr (std::is_integral_v<T>) {
        config.*f.member = static_cast<T>(to_integer(value, info, where));
      } else {
        config.*f.member = static_cast<T>(to_number(value, info, where));
      }
    }
  };
  std::apply([&](const auto&... f) { (set(f), ...); }, fields_of<Config>());
  return config;
}

/// Every field of a Config with its value, defaults included.
template <class Config>
Params resolved_params(const Config& config) {
  Params params;
  std::apply(
      [&](const auto&... f) {
        (params.emplace_back(std::string(f.name), field_value(config, f)), ...);
      },
      fields_of<Config>());
  return params;
}

}  // namespace kvsim
