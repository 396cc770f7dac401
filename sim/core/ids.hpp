#pragma once
// The vocabulary of every part: what a block, a position and a time are.

#include <cstdint>
#include <limits>

namespace kvsim {

/// Dense number given to a distinct block (or object) when a trace is opened; policies index arrays
/// by it. A trace of S distinct blocks uses 0 … S-1.
using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = std::numeric_limits<Slot>::max();

/// 0-based number of an access in a replay's stream.
using Position = std::uint32_t;
/// The position of an access that never comes.
inline constexpr Position kNever = std::numeric_limits<Position>::max();

/// One token id.
using Token = std::uint32_t;

/// Nanoseconds since the trace's own origin.
using TimeNs = std::int64_t;

}  // namespace kvsim
