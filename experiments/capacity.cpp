#include "experiments/capacity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <optional>

#include "sim/core/error.hpp"

namespace kvsim {

namespace {

constexpr std::string_view kAllowed =
    "a number of blocks (1000), a share of the distinct blocks (10%), tokens (4Mtok) or bytes "
    "(8GiB, 4096B)";

struct Suffix {
  std::string_view text;
  CapacitySpec::Unit unit;
  std::uint64_t multiplier;
  std::uint64_t divisor;
};

constexpr std::array<Suffix, 16> kSuffixes{{
    {"", CapacitySpec::Unit::kBlocks, 1, 1},
    {"%", CapacitySpec::Unit::kShare, 1, 100},
    {"tok", CapacitySpec::Unit::kTokens, 1, 1},
    {"ktok", CapacitySpec::Unit::kTokens, 1'000, 1},
    {"Ktok", CapacitySpec::Unit::kTokens, 1'000, 1},
    {"Mtok", CapacitySpec::Unit::kTokens, 1'000'000, 1},
    {"Gtok", CapacitySpec::Unit::kTokens, 1'000'000'000, 1},
    {"B", CapacitySpec::Unit::kBytes, 1, 1},
    {"kB", CapacitySpec::Unit::kBytes, 1'000, 1},
    {"MB", CapacitySpec::Unit::kBytes, 1'000'000, 1},
    {"GB", CapacitySpec::Unit::kBytes, 1'000'000'000, 1},
    {"TB", CapacitySpec::Unit::kBytes, 1'000'000'000'000, 1},
    {"KiB", CapacitySpec::Unit::kBytes, std::uint64_t{1} << 10, 1},
    {"MiB", CapacitySpec::Unit::kBytes, std::uint64_t{1} << 20, 1},
    {"GiB", CapacitySpec::Unit::kBytes, std::uint64_t{1} << 30, 1},
    {"TiB", CapacitySpec::Unit::kBytes, std::uint64_t{1} << 40, 1},
}};

__extension__ using Wide = unsigned __int128;

// floor(value × factor), or nothing past 2^63.
std::optional<std::uint64_t> scaled(const CapacitySpec& spec, std::uint64_t factor) {
  constexpr Wide kMost = std::numeric_limits<std::int64_t>::max();
  // digits < 10^18 and multiplier ≤ 2^40: their product fits, the factor's may not.
  const Wide product = Wide{spec.digits} * spec.multiplier;
  if (factor != 0 && product > ~Wide{0} / factor) return std::nullopt;
  const Wide value = product * factor / spec.divisor;
  if (value > kMost) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

// Reads digits with at most one point from the front of `text`; false if there are none, or more
// than 18.
bool take_decimal(std::string_view& text, CapacitySpec& spec) {
  std::size_t digits = 0;
  bool point = false;
  std::size_t used = 0;
  for (; used < text.size(); ++used) {
    const char c = text[used];
    if (c == '.' && !point && digits > 0) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      if (++digits > 18) return false;
      spec.digits = spec.digits * 10 + static_cast<std::uint64_t>(c - '0');
      if (point) spec.divisor *= 10;
    } else {
      break;
    }
  }
  if (digits == 0 || text[used - 1] == '.') return false;
  text.remove_prefix(used);
  return true;
}

std::optional<CapacitySpec> read_quantity(std::string_view text) {
  CapacitySpec spec;
  spec.text = std::string(text);
  if (!take_decimal(text, spec)) return std::nullopt;
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.text != text) continue;
    spec.unit = suffix.unit;
    spec.multiplier = suffix.multiplier;
    // 18 decimal places and a per cent exceed 64 bits: no such capacity is meant.
    if (spec.divisor > std::numeric_limits<std::uint64_t>::max() / suffix.divisor) break;
    spec.divisor *= suffix.divisor;
    return spec;
  }
  return std::nullopt;
}

std::string nearest_suffix(std::string_view text) {
  const std::size_t first = text.find_first_not_of("0123456789.");
  if (first == std::string_view::npos || first == 0) return "";
  std::vector<std::string> suffixes;
  for (const Suffix& suffix : kSuffixes) {
    if (!suffix.text.empty()) suffixes.emplace_back(suffix.text);
  }
  const std::string_view typed = text.substr(first);
  const auto same_letter = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  const auto only_case_differs = [&](const std::string& suffix) {
    return std::equal(suffix.begin(), suffix.end(), typed.begin(), typed.end(), same_letter);
  };
  const auto it = std::find_if(suffixes.rbegin(), suffixes.rend(), only_case_differs);
  const std::string near = it != suffixes.rend() ? *it : nearest_name(typed, suffixes);
  if (near.empty()) return "";
  return fmt::format("; did you mean '{}{}'?", text.substr(0, first), near);
}

}  // namespace

CapacitySpec parse_capacity(std::string_view text) {
  if (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9') {
    throw InputError(fmt::format(
        "capacity '{}' begins with a zero (numbers have no separators: 10000, not 10,000)", text));
  }
  const std::optional<CapacitySpec> spec = read_quantity(text);
  if (!spec) {
    throw InputError(
        fmt::format("capacity '{}'{} (allowed: {})", text, nearest_suffix(text), kAllowed));
  }
  const auto value = scaled(*spec, 1);
  if (!value || spec->digits == 0) {
    throw InputError(
        fmt::format("capacity '{}' is {}", text, value ? "0, allowed is more" : "too large"));
  }
  if (spec->unit == CapacitySpec::Unit::kBlocks && spec->divisor != 1) {
    const bool is_share = spec->digits < spec->divisor;
    throw InputError(fmt::format(
        "capacity '{}': blocks are counted whole{} (allowed: {})", text,
        is_share ? fmt::format("; did you mean '{:g}%'?", 100 * static_cast<double>(spec->digits) /
                                                              static_cast<double>(spec->divisor))
                 : "",
        kAllowed));
  }
  if (spec->unit == CapacitySpec::Unit::kShare && spec->digits > spec->divisor) {
    throw InputError(fmt::format("capacity '{}': a share is at most 100%", text));
  }
  return *spec;
}

std::uint64_t parse_bytes(std::string_view text) {
  const std::optional<CapacitySpec> spec = read_quantity(text);
  const bool is_size = spec && (spec->unit == CapacitySpec::Unit::kBytes ||
                                (spec->unit == CapacitySpec::Unit::kBlocks && spec->divisor == 1));
  const auto bytes = is_size ? scaled(*spec, 1) : std::nullopt;
  if (!bytes || *bytes == 0) {
    throw InputError(fmt::format("size '{}'{} (allowed: bytes, such as 8GiB, 512MB or 4096)", text,
                                 is_size ? "" : nearest_suffix(text)));
  }
  return *bytes;
}

Capacity resolve_capacity(const CapacitySpec& spec, const AccessStream& stream,
                          std::uint32_t block_bytes) {
  const std::string place = fmt::format("trace '{}': capacity '{}'", stream.trace->name, spec.text);
  Capacity capacity;
  std::optional<std::uint64_t> units;
  switch (spec.unit) {
    case CapacitySpec::Unit::kBlocks:
      units = scaled(spec, 1);
      break;
    case CapacitySpec::Unit::kShare:
      units = std::max<std::uint64_t>(1, scaled(spec, stream.distinct).value_or(0));
      break;
    case CapacitySpec::Unit::kTokens:
      if (stream.block_size == 0) {
        throw InputError(place + " is in tokens, but the trace's requests are objects");
      }
      units = scaled(spec, 1).value_or(0) / stream.block_size;
      break;
    case CapacitySpec::Unit::kBytes:
      capacity.weigh_bytes = stream.has_sizes();
      if (!stream.has_sizes() && block_bytes == 0) {
        throw InputError(place +
                         " is in bytes, which needs object sizes in the trace or the bytes a block "
                         "takes (--block-bytes, \"block_bytes\")");
      }
      units = scaled(spec, 1).value_or(0) / (stream.has_sizes() ? 1 : block_bytes);
      break;
  }
  if (!units || *units == 0) throw InputError(place + " holds less than one block");
  capacity.units = *units;
  if (capacity.weigh_bytes) {
    capacity.result.bytes = units;
    return capacity;
  }
  capacity.result.blocks = units;
  if (!stream.has_sizes() && block_bytes != 0 &&
      *units <= std::numeric_limits<std::uint64_t>::max() / block_bytes) {
    capacity.result.bytes = *units * block_bytes;
  }
  if (stream.distinct != 0) {
    capacity.result.share = static_cast<double>(*units) / static_cast<double>(stream.distinct);
  }
  return capacity;
}

}  // namespace kvsim
