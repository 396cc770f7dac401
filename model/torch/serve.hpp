#pragma once
// A workload served by a real model, with the cache and, in turns with it, without: what
// `kvsim model run` and `kvsim trace record` do.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/cost/cost_model.hpp"
#include "model/torch/client.hpp"
#include "model/torch/server.hpp"
#include "sim/metrics/result.hpp"
#include "traces/trace.hpp"

namespace kvsim::torch_models {

struct ServeOptions {
  PolicySpec policy;
  std::uint64_t capacity = 0;  ///< blocks
  std::uint32_t block_size = 16;
  KeySpec keys;  ///< checked
  std::uint64_t seed = 1;
  std::uint32_t batch = 1;
  KvType kv_type = KvType::kFloat32;
  Sampling sampling;
  ClientOptions client;
  bool has_baseline = true;  ///< the same without the cache, step by step in turns
  bool verifies = false;     ///< compares each request's logits and tokens with the baseline's
  double tolerance = 1e-3;   ///< of logits: largest difference over largest magnitude
  std::shared_ptr<const CostModel> cost;  ///< for a modelled speedup beside; may be null
  Server::Stopwatch stopwatch;            ///< tests give their own
};

struct Verification {
  std::uint64_t requests = 0;          ///< compared
  std::uint64_t reused = 0;            ///< of them, with a hit
  double worst_difference = 0;         ///< of logits, relative
  std::uint64_t beyond_tolerance = 0;  ///< requests
  std::uint64_t other_tokens = 0;      ///< requests with different tokens, or served on one side
  bool holds() const { return beyond_tolerance == 0 && other_tokens == 0; }
};

struct ServeReport {
  RunResult run;
  Trace recording;                  ///< with cache events
  std::vector<ServedRequest> with;  ///< in the order in which they began
  /// Those of the same turns, in the same order, as far as they were served; or empty. Where the
  /// two runs give different tokens, later turns of a chat differ, too.
  std::vector<std::optional<ServedRequest>> without;
  std::vector<AskedTurn> turns;  ///< of `with`
  std::vector<BlockOrigin> evicted;
  Excess excess;
  std::optional<Verification> verification;
  std::uint64_t reserve_peak = 0;  ///< blocks held beyond the capacity at once
  std::uint64_t pool_bytes = 0;
  double makespan_with_s = 0, makespan_without_s = 0;
  /// Whether a replay of the recording gives the run's hits and evictions, request by request.
  bool replay_agrees = false;
};

using ServeProgress =
    std::function<void(std::size_t done, std::size_t total, const std::string& what)>;

/// Throws InputError.
ServeReport serve(const Transformer& model, const Workload& workload, const Tokenizer* tokenizer,
                  const ServeOptions& options, const ServeProgress& progress = {});

/// CSV with a header: a line a request of `with`, the baseline's times in the columns behind it.
std::string per_request_csv(const ServeReport& report, const Workload& workload);

}  // namespace kvsim::torch_models
