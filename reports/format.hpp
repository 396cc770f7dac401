#pragma once
// Numbers and names as people read them, and text made safe for XML, HTML and file names.

#include <optional>
#include <string>
#include <string_view>

namespace kvsim::reports {

/// What a number counts; decides how it is written.
enum class Unit {
  kRatio,    ///< 0 to 1, written in percent
  kPoints,   ///< a difference of two ratios, written in percentage points with its sign
  kCount,    ///< whole things, written with thousands separators
  kBytes,    ///< written in B, KiB, MiB, …
  kFactor,   ///< written as 1.25×
  kSeconds,  ///< written in s, ms, µs
  kRate,     ///< things a second, written short
  kNumber,   ///< any other number, to 4 significant digits
};

/// What stands where a value is absent.
inline constexpr std::string_view kAbsent = "–";

/// `0.4612` as `46.12 %`, `1536` bytes as `1.5 KiB`, and so on.
std::string format_value(Unit unit, double value);
/// The same, or kAbsent.
std::string format_value(Unit unit, const std::optional<double>& value);
/// As short as a tick of an axis must be: `46 %`, `10k`.
std::string format_tick(Unit unit, double value);
/// `12,345`; where the number is not whole, to 4 significant digits.
std::string format_count(double value);
/// `3 policies`, `1 policy`.
std::string plural(std::size_t count, std::string_view one, std::string_view many);

/// Text for XML and HTML, inside elements and double-quoted attributes. What XML cannot hold
/// (control characters, broken UTF-8) becomes U+FFFD.
std::string escape(std::string_view text);
/// Lower-case letters, digits and hyphens, for file names and identifiers; never empty.
std::string slug(std::string_view text);
/// The width of a text in sans-serif type of `size` pixels, estimated on the wide side.
double text_width(std::string_view text, double size);

}  // namespace kvsim::reports
