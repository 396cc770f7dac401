#include "traces/reader/numbers.hpp"

#include <charconv>
#include <chrono>
#include <cmath>

namespace kvsim {

namespace {

/// Up to nine digits behind a decimal point, as nanoseconds of a unit of `ns_per_unit`.
std::uint64_t take_fraction(std::string_view& text, std::uint64_t ns_per_unit) {
  std::uint64_t value = 0;
  std::uint64_t place = ns_per_unit / 10;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value += place * static_cast<std::uint64_t>(text.front() - '0');
    place /= 10;
    text.remove_prefix(1);
  }
  return value;
}

std::optional<unsigned> take_fixed(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const unsigned digit = static_cast<unsigned char>(text[i]) - unsigned{'0'};
    if (digit > 9) return std::nullopt;
    value = value * 10 + digit;
  }
  text.remove_prefix(digits);
  return value;
}

bool take_char(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<TimeNs> parse_time(std::string_view text, std::uint64_t ns_per_unit) {
  const std::string_view all = text;
  const std::optional<std::uint64_t> whole = take_u64(text);
  if (!whole || *whole > static_cast<std::uint64_t>(kMaxTimeNs) / ns_per_unit) return std::nullopt;
  std::uint64_t ns = *whole * ns_per_unit;
  if (take_char(text, ".")) ns += take_fraction(text, ns_per_unit);
  if (text.empty()) return static_cast<TimeNs>(ns);
  double number = 0;
  const char* end = all.data() + all.size();
  const auto [stop, error] = std::from_chars(all.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  number *= static_cast<double>(ns_per_unit);
  if (!(number >= 0 && number < static_cast<double>(kMaxTimeNs))) return std::nullopt;
  return std::llround(number);
}

std::optional<TimeNs> parse_date_time(std::string_view text) {
  using namespace std::chrono;
  const auto y = take_fixed(text, 4);
  if (!y || !take_char(text, "-")) return std::nullopt;
  const auto mo = take_fixed(text, 2);
  if (!mo || !take_char(text, "-")) return std::nullopt;
  const auto d = take_fixed(text, 2);
  if (!d || !take_char(text, " T")) return std::nullopt;
  const auto h = take_fixed(text, 2);
  if (!h || !take_char(text, ":")) return std::nullopt;
  const auto mi = take_fixed(text, 2);
  if (!mi || !take_char(text, ":")) return std::nullopt;
  const auto s = take_fixed(text, 2);
  if (!s) return std::nullopt;
  const year_month_day date{year{static_cast<int>(*y)}, month{*mo}, day{*d}};
  if (!date.ok() || *y < 1970 || *y > 2100 || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
  std::int64_t seconds_since = sys_days(date).time_since_epoch().count() * std::int64_t{86400} +
                               *h * std::int64_t{3600} + *mi * std::int64_t{60} + *s;
  std::uint64_t fraction = 0;
  if (take_char(text, ".")) fraction = take_fraction(text, 1'000'000'000);
  if (text == "Z") {
    text = {};
  } else if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    const std::int64_t sign = text.front() == '+' ? 1 : -1;
    text.remove_prefix(1);
    const auto zone_h = take_fixed(text, 2);
    take_char(text, ":");
    const auto zone_m = text.empty() ? std::optional(0u) : take_fixed(text, 2);
    if (!zone_h || !zone_m || *zone_h > 14 || *zone_m > 59) return std::nullopt;
    seconds_since -= sign * (*zone_h * std::int64_t{3600} + *zone_m * std::int64_t{60});
  }
  if (!text.empty()) return std::nullopt;
  return seconds_since * 1'000'000'000 + static_cast<std::int64_t>(fraction);
}

}  // namespace kvsim
