#pragma once

#include "traces/trace.hpp"

namespace kvsim {

/// Ends the process if a trace is not what every replay relies on: indices in bounds, columns of
/// one length, offsets in order.
void check_trace(const Trace& trace);

}  // namespace kvsim
