#include "sim/metrics/per_request.hpp"

#include <fmt/format.h>

#include <iterator>

namespace kvsim {

std::string per_request_rows(std::size_t run, const LoadOfRequests& load,
                             const std::vector<RequestOutcome>& outcomes,
                             std::uint64_t warmup_requests) {
  std::string rows;
  auto out = std::back_inserter(rows);
  for (std::uint64_t r = 0; r < outcomes.size(); ++r) {
    const RequestOutcome& outcome = outcomes[r];
    const RequestLoad asked = load[r];
    fmt::format_to(out, "{},{},{},{},{},", run, r, r >= warmup_requests ? 1 : 0, asked.accesses,
                   outcome.hit_blocks);
    if (load.has_tokens()) {
      fmt::format_to(out, "{},{},", asked.tokens, outcome.hit_tokens);
    } else {
      rows += ",,";
    }
    if (load.has_bytes()) {
      fmt::format_to(out, "{},{}\n", asked.bytes, load.hit_bytes(outcome));
    } else {
      rows += ",\n";
    }
  }
  return rows;
}

}  // namespace kvsim
