#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/engine/stream.hpp"
#include "sim/metrics/result.hpp"

namespace kvsim {

/// A cache's capacity as written: `1000` (blocks or objects), `10%` of the trace's distinct ones,
/// `4Mtok` (tokens) or `8GiB` (bytes). Held as an exact decimal, so that 10% of 182,790 is 18,279.
struct CapacitySpec {
  enum class Unit { kBlocks, kShare, kTokens, kBytes };
  std::string text;  ///< as written
  Unit unit = Unit::kBlocks;
  std::uint64_t digits = 0;      ///< the value is digits × multiplier / divisor
  std::uint64_t multiplier = 1;  ///< of the unit's prefix
  std::uint64_t divisor = 1;     ///< of the decimal point and, for shares, of "per cent"
};

/// Throws InputError: what was found and what is allowed.
CapacitySpec parse_capacity(std::string_view text);

/// A byte count such as `8GiB` or `4096B`; a plain number is bytes too. Throws InputError.
std::uint64_t parse_bytes(std::string_view text);

/// A capacity on a trace: what the engine takes, and what the result says.
struct Capacity {
  std::uint64_t units = 0;  ///< blocks, or bytes if `weigh_bytes`
  bool weigh_bytes = false;
  CapacityResult result;
};

/// `block_bytes` 0: not known. Throws InputError where the trace lacks what the unit needs, or less
/// than one block fits.
Capacity resolve_capacity(const CapacitySpec& spec, const AccessStream& stream,
                          std::uint32_t block_bytes);

}  // namespace kvsim
