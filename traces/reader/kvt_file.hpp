#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "traces/reader/input.hpp"
#include "traces/trace.hpp"

namespace kvsim {

/// Whether content begins as a `.kvt` file does.
bool is_kvt(std::string_view head);

/// The trace in a `.kvt` file. Header, directory, and every index that a column holds are checked,
/// so that nothing in the file can make a replay read out of bounds; `verify` also compares the
/// checksums of plain columns. Throws InputError naming the column and what is wrong.
Trace read_kvt(TraceInput& input, bool verify);

}  // namespace kvsim
