// Reads arbitrary bytes as a trace of KVSIM_FUZZ_FORMAT ("": detected), strictly and skipping
// malformed records: whatever the bytes are, the answer is a sound trace or an InputError.

#include <cstddef>
#include <cstdint>

#include "fuzz/check_trace.hpp"
#include "fuzz/replay_trace.hpp"
#include "sim/core/error.hpp"
#include "traces/reader/open_trace.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const bool skip_errors : {false, true}) {
    kvsim::OpenOptions options;
    options.format = KVSIM_FUZZ_FORMAT;
    options.skip_errors = skip_errors;
    options.max_accesses = 1u << 16;
    try {
      const kvsim::Trace trace =
          kvsim::read_trace({reinterpret_cast<const char*>(data), size}, "fuzz", options);
      kvsim::check_trace(trace);
      kvsim::replay_trace(trace);
    } catch (const kvsim::InputError&) {
    }
  }
  return 0;
}
