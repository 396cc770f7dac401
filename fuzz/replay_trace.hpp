#pragma once

#include "traces/trace.hpp"

namespace kvsim {

/// Replays a trace that a reader let through, at several block sizes, look-ups and reuse modes:
/// what is refused must be refused by InputError, and nothing may be read out of bounds.
void replay_trace(const Trace& trace);

}  // namespace kvsim
