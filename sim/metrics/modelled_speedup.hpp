#pragma once
// From what each request had cached to what that saves, by a cost model.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "model/cost/cost_model.hpp"
#include "sim/engine/replay.hpp"
#include "sim/engine/stream.hpp"
#include "sim/metrics/result.hpp"

namespace kvsim {

/// What the requests of a stream take without a cache, each alone on the hardware: the same for
/// every run over the stream. Seconds, one a request.
struct RequestCosts {
  std::shared_ptr<const CostModel> model;
  std::vector<double> prefill;
  /// Of the output tokens behind the first, in a batch of one; empty where the trace carries no
  /// output lengths, or the model no decode steps.
  std::vector<double> decode;
};

/// Throws InputError where the stream carries no token counts, or its requests are objects.
RequestCosts request_costs(const AccessStream& stream, std::shared_ptr<const CostModel> model);

/// The speedups of the requests after the first `warmup_requests`, given what each hit: a hit token
/// is not computed, but for a prompt's last, and everything else is computed behind it. Nothing
/// where no request is counted.
std::optional<SpeedupResult> modelled_speedup(const RequestCosts& costs, const AccessStream& stream,
                                              const std::vector<RequestOutcome>& outcomes,
                                              std::uint64_t warmup_requests);

/// Mean, median and 99th percentile (nearest rank) of at least one time.
TimeStatistics time_statistics(std::vector<double> seconds);

}  // namespace kvsim
