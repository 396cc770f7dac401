#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/metrics/measure.hpp"

namespace kvsim {

/// Columns of `--per-request`: the run's index in `runs`, the request's number in the trace,
/// whether it was counted (1) or warmed the cache (0), and what it asked for and hit. A quantity
/// that the trace does not carry is an empty cell.
inline constexpr std::string_view kPerRequestHeader =
    "run,request,counted,blocks,hit_blocks,tokens,hit_tokens,bytes,hit_bytes\n";

/// The rows of one run.
std::string per_request_rows(std::size_t run, const LoadOfRequests& load,
                             const std::vector<RequestOutcome>& outcomes,
                             std::uint64_t warmup_requests);

}  // namespace kvsim
