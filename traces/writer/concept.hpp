#pragma once
// What a trace writer is. One file and one line in writers.list adds one.

#include <concepts>
#include <string_view>

#include "sim/core/fields.hpp"
#include "sim/core/output_file.hpp"
#include "traces/trace.hpp"

namespace kvsim {

/// Writes a trace in its format, under the format's name. `kNeedsBlocks`: token traces are cut into
/// blocks before, at a block size that the caller names. Throws InputError saying what the trace
/// lacks; nothing of the file stays then.
template <class W>
concept TraceWriter = requires(const Trace& trace, OutputFile& out,
                               const typename W::Config& config) {
  { W::kName } -> std::convertible_to<std::string_view>;
  { W::kDoc } -> std::convertible_to<std::string_view>;
  { W::kNeedsBlocks } -> std::convertible_to<bool>;
  { W::write(trace, out, config) } -> std::same_as<void>;
};

}  // namespace kvsim
