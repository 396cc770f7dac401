#include "reports/format.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>

namespace kvsim::reports {
namespace {

std::string without_trailing_zeros(std::string text) {
  if (text.find('.') == std::string::npos || text.find('e') != std::string::npos) return text;
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

// With a proper minus sign.
std::string with_minus(std::string text) {
  if (!text.empty() && text.front() == '-') text.replace(0, 1, "−");
  return text;
}

std::string significant(double value, int digits) {
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size >= 1e7 || size < 1e-4) {
    return with_minus(fmt::format("{:.{}g}", value, digits));
  }
  const int whole = size >= 1 ? static_cast<int>(std::floor(std::log10(size))) + 1 : 1;
  const int decimals =
      size < 1 ? digits - 1 - static_cast<int>(std::floor(std::log10(size))) : digits - whole;
  return with_minus(without_trailing_zeros(fmt::format("{:.{}f}", value, std::max(0, decimals))));
}

std::string scaled(double value, double base, const std::array<std::string_view, 6>& units,
                   int digits) {
  std::size_t step = 0;
  double left = value;
  while (std::abs(left) >= base * 0.9995 && step + 1 < units.size()) {
    left /= base;
    ++step;
  }
  return significant(left, digits) + std::string(units[step]);
}

constexpr std::array<std::string_view, 6> kByteUnits{" B", " KiB", " MiB", " GiB", " TiB", " PiB"};
constexpr std::array<std::string_view, 6> kShortUnits{"", "k", "M", "G", "T", "P"};

std::string seconds(double value, int digits) {
  const double size = std::abs(value);
  if (size == 0) return "0 s";
  if (size < 1e-3) return significant(value * 1e6, digits) + " µs";
  if (size < 1) return significant(value * 1e3, digits) + " ms";
  return significant(value, digits) + " s";
}

// The length of the UTF-8 sequence at `text[i]` if it is well formed and XML may hold it, else 0.
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char first = byte(i);
  if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' ? 1 : 0;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length == 0 || first > 0xf4 || i + length > text.size()) return 0;
  std::uint32_t code = first & (0xffu >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(i + k) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i + k) & 0x3fu);
  }
  constexpr std::array<std::uint32_t, 5> kLowest{0, 0, 0x80, 0x800, 0x10000};
  if (code < kLowest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return 0;
  return code == 0xfffe || code == 0xffff ? 0 : length;
}

}  // namespace

std::string format_count(double value) {
  if (value != std::floor(value) || std::abs(value) >= 1e15) return significant(value, 4);
  const std::string digits = fmt::format("{:.0f}", std::abs(value));
  std::string text = value < 0 ? "−" : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string format_value(Unit unit, double value) {
  switch (unit) {
    case Unit::kRatio:
      return fmt::format("{:.2f} %", value * 100);
    case Unit::kPoints: {
      const double points = std::round(value * 1e4) / 100;
      if (points == 0) return "0.00";
      return fmt::format("{}{:.2f}", points < 0 ? "−" : "+", std::abs(points));
    }
    case Unit::kCount:
      return format_count(value);
    case Unit::kBytes:
      return scaled(value, 1024, kByteUnits, 4);
    case Unit::kFactor:
      return fmt::format("{:.2f}×", value);
    case Unit::kSeconds:
      return seconds(value, 3);
    case Unit::kRate:
      return scaled(value, 1000, kShortUnits, 3) + "/s";
    case Unit::kNumber:
      return significant(value, 4);
  }
  return {};
}

std::string format_value(Unit unit, const std::optional<double>& value) {
  return value ? format_value(unit, *value) : std::string(kAbsent);
}

std::string format_tick(Unit unit, double value) {
  switch (unit) {
    case Unit::kRatio:
      return significant(value * 100, 3) + " %";
    case Unit::kPoints:
      return significant(value * 100, 3);
    case Unit::kBytes:
      return scaled(value, 1024, kByteUnits, 3);
    case Unit::kFactor:
      return significant(value, 3) + "×";
    case Unit::kSeconds:
      return seconds(value, 3);
    case Unit::kCount:
    case Unit::kRate:
    case Unit::kNumber:
      return std::abs(value) < 1 ? significant(value, 3) : scaled(value, 1000, kShortUnits, 3);
  }
  return {};
}

std::string plural(std::size_t count, std::string_view one, std::string_view many) {
  return format_count(static_cast<double>(count)) + " " + std::string(count == 1 ? one : many);
}

std::string escape(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    if (length == 0) {
      safe += "\xef\xbf\xbd";
      ++i;
      continue;
    }
    switch (text[i]) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += text.substr(i, length);
    }
    i += length;
  }
  return safe;
}

std::string slug(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (upper) {
      name += static_cast<char>(c - 'A' + 'a');
    } else if (plain) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  constexpr std::size_t kLongest = 80;
  if (name.size() > kLongest) name.resize(kLongest);
  return name.empty() ? "unnamed" : name;
}

double text_width(std::string_view text, double size) {
  double ems = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;  // inside a UTF-8 sequence
    switch (c) {
      case 'i':
      case 'l':
      case 'j':
      case '.':
      case ',':
      case ':':
      case '|':
      case '\'':
        ems += 0.32;
        break;
      case ' ':
      case 'f':
      case 't':
      case 'r':
      case '(':
      case ')':
      case '-':
        ems += 0.4;
        break;
      case 'm':
      case 'w':
      case 'M':
      case 'W':
      case '%':
      case '=':
      case '+':
        ems += 0.9;
        break;
      default:
        ems += 0.62;
    }
  }
  return ems * size;
}

}  // namespace kvsim::reports
