#pragma once

#include "sim/core/output_file.hpp"
#include "traces/trace.hpp"

namespace kvsim {

/// Writes a `.kvt` file. `zstd_level` 0: plain columns; a column that does not shrink stays plain.
void write_kvt(const Trace& trace, OutputFile& out, int zstd_level);

}  // namespace kvsim
