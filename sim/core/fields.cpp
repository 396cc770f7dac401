#include "sim/core/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

std::string allowed(const FieldInfo& info) {
  if (info.type == "bool") return "true or false";
  if (info.type == "choice") return fmt::format("{}", fmt::join(info.choices, ", "));
  const std::string_view kind = info.type == "int" ? "an integer" : "a number";
  if (std::isinf(info.min) && std::isinf(info.max)) return std::string(kind);
  if (std::isinf(info.max)) return fmt::format("{} of at least {}", kind, info.min);
  return fmt::format("{} from {} to {}", kind, info.min, info.max);
}

[[noreturn]] void refuse(const ParamValue& value, const FieldInfo& info, std::string_view where) {
  throw InputError(fmt::format("{}: parameter '{}' is '{}', allowed is {}", where, info.name,
                               to_text(value), allowed(info)));
}

}  // namespace

bool to_bool(const ParamValue& value, const FieldInfo& info, std::string_view where) {
  if (const bool* b = std::get_if<bool>(&value)) return *b;
  refuse(value, info, where);
}

std::int64_t to_integer(const ParamValue& value, const FieldInfo& info, std::string_view where) {
  const std::int64_t* i = std::get_if<std::int64_t>(&value);
  if (i == nullptr || static_cast<double>(*i) < info.min || static_cast<double>(*i) > info.max) {
    refuse(value, info, where);
  }
  return *i;
}

double to_number(const ParamValue& value, const FieldInfo& info, std::string_view where) {
  double number = std::nan("");
  if (const std::int64_t* i = std::get_if<std::int64_t>(&value)) number = static_cast<double>(*i);
  if (const double* d = std::get_if<double>(&value)) number = *d;
  if (!(number >= info.min && number <= info.max)) refuse(value, info, where);
  return number;
}

std::size_t to_choice(const ParamValue& value, const FieldInfo& info, std::string_view where) {
  if (const std::string* s = std::get_if<std::string>(&value)) {
    const auto it = std::find(info.choices.begin(), info.choices.end(), *s);
    if (it != info.choices.end()) return static_cast<std::size_t>(it - info.choices.begin());
  }
  refuse(value, info, where);
}

void check_names(const Params& params, std::span<const FieldInfo> fields, std::string_view where) {
  std::vector<std::string> names;
  for (const FieldInfo& info : fields) names.push_back(info.name);
  for (auto it = params.begin(); it != params.end(); ++it) {
    if (std::find(names.begin(), names.end(), it->first) == names.end()) {
      if (names.empty()) {
        throw InputError(
            fmt::format("{}: takes no parameters, but '{}' is given", where, it->first));
      }
      throw InputError(fmt::format("{}: {}", where, unknown_name("parameter", it->first, names)));
    }
    const auto same = [&](const auto& other) { return other.first == it->first; };
    if (std::any_of(params.begin(), it, same)) {
      throw InputError(fmt::format("{}: parameter '{}' is given twice", where, it->first));
    }
  }
}

ParamValue parse_param_value(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  const char* end = text.data() + text.size();
  std::int64_t integer = 0;
  if (const auto r = std::from_chars(text.data(), end, integer);
      r.ec == std::errc{} && r.ptr == end) {
    return integer;
  }
  double number = 0;
  if (const auto r = std::from_chars(text.data(), end, number);
      r.ec == std::errc{} && r.ptr == end) {
    return number;
  }
  return std::string(text);
}

std::string to_text(const ParamValue& value) {
  return std::visit([](const auto& v) { return fmt::format("{}", v); }, value);
}

}  // namespace kvsim
