#pragma once
// Numbers in text, without allocation and without overflow.

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/core/ids.hpp"

namespace kvsim {

/// The latest time that a trace may have: 2^62 ns, 146 years.
inline constexpr TimeNs kMaxTimeNs = TimeNs{1} << 62;

/// The decimal digits at the front of `text`, which is advanced past them. nullopt if there are
/// none, or if they exceed 64 bits.
inline std::optional<std::uint64_t> take_u64(std::string_view& text) {
  std::uint64_t value = 0;
  std::size_t i = 0;
  // 19 digits always fit.
  const std::size_t safe = text.size() < 19 ? text.size() : 19;
  for (; i < safe; ++i) {
    const unsigned digit = static_cast<unsigned char>(text[i]) - unsigned{'0'};
    if (digit > 9) break;
    value = value * 10 + digit;
  }
  if (i == 0) return std::nullopt;
  for (; i < text.size(); ++i) {
    const unsigned digit = static_cast<unsigned char>(text[i]) - unsigned{'0'};
    if (digit > 9) break;
    if (__builtin_mul_overflow(value, std::uint64_t{10}, &value) ||
        __builtin_add_overflow(value, std::uint64_t{digit}, &value)) {
      return std::nullopt;
    }
  }
  text.remove_prefix(i);
  return value;
}

/// Without the byte-order mark that a UTF-8 file may begin with.
inline std::string_view without_bom(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return text;
}

/// Spaces and tabs at both ends removed.
inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

/// The whole text as a decimal number of 64 bits, or nullopt.
inline std::optional<std::uint64_t> parse_u64(std::string_view text) {
  const std::optional<std::uint64_t> value = take_u64(text);
  return text.empty() ? value : std::nullopt;
}

/// A decimal number of at least 0, such as `12`, `0.5` or `1.5e3`, in units of `ns_per_unit`
/// nanoseconds (a power of ten), exact to the nanosecond where it has no exponent; further digits
/// are dropped. nullopt if it is none or exceeds kMaxTimeNs.
std::optional<TimeNs> parse_time(std::string_view text, std::uint64_t ns_per_unit);

/// `2023-11-16 18:17:03.979960`, also with `T` between and `Z` or `+hh:mm` behind, as nanoseconds
/// since 1970-01-01 UTC (without a zone: taken as UTC). nullopt if it is none.
std::optional<TimeNs> parse_date_time(std::string_view text);

}  // namespace kvsim
