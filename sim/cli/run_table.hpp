#pragma once

#include <string>

#include "sim/metrics/result_json.hpp"

namespace kvsim::cli {

/// The runs as tables for a terminal, one for each trace and way of reading it, in the order of the
/// runs; and the groups of each run, where there are any.
std::string run_table(const Results& results);

/// "55 runs over 1 trace in 0.21 s, 75.3 M accesses/s".
std::string summary_line(const Results& results);

}  // namespace kvsim::cli
