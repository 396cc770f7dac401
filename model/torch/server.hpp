#pragma once
// Serves requests with a real model: continuous batching over one KV pool and its prefix cache.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "model/kv_cache/prefix_cache.hpp"
#include "model/torch/kv_pool.hpp"
#include "model/torch/sampler.hpp"
#include "model/torch/transformer.hpp"

namespace kvsim::torch_models {

struct ServeRequest {
  std::uint64_t id = 0;  ///< the caller's; also seeds its sampling
  double arrival_s = 0;  ///< on the server's clock
  std::vector<Token> prompt;
  std::uint32_t most_output = 1;  ///< tokens, at least one
  bool stops_at_eos = true;
};

/// A request that has been served. Seconds are on the server's clock.
struct ServedRequest {
  std::uint64_t id = 0;
  std::uint32_t number = 0;  ///< in the order in which the server began them, from 0
  double arrival_s = 0;
  double start_s = 0;  ///< its prefill began
  double first_token_s = 0;
  double end_s = 0;
  std::vector<Token> prompt;
  std::vector<Token> output;
  bool is_complete = false;         ///< the last token is an end of text
  std::uint32_t cached_tokens = 0;  ///< of the prompt
  RequestOutcome outcome;
  std::vector<float> first_logits;  ///< behind the prompt, where they are kept

  double queueing_s() const { return start_s - arrival_s; }
  double prefill_s() const { return first_token_s - start_s; }
  double ttft_s() const { return first_token_s - arrival_s; }
  /// Mean time of an output token behind the first; none for one token.
  std::optional<double> tpot_s() const {
    if (output.size() < 2) return std::nullopt;
    return (end_s - first_token_s) / static_cast<double>(output.size() - 1);
  }
};

/// First come, first served, up to `batch` requests at a time. A step is the prefill of one request
/// that waits, where there is room in the batch, or else one token for every running request.
///
/// The server's clock runs only while it works: a step takes what it took, and where nothing has
/// arrived yet the clock goes on to the next arrival. So two servers can take turns on one machine,
/// and recorded arrival times need no waiting.
class Server {
 public:
  struct Config {
    PrefixCache::Config cache;
    KvType kv_type = KvType::kFloat32;
    std::uint32_t batch = 1;
    Sampling sampling;
    std::uint64_t seed = 1;     ///< of sampling
    bool keeps_logits = false;  ///< in ServedRequest::first_logits
  };
  /// Seconds that pass; tests give their own.
  using Stopwatch = std::function<double()>;

  /// The model must outlive the server. Throws InputError as PrefixCache and KvPool do.
  Server(const Transformer& model, const Config& config, Stopwatch stopwatch = {});

  void submit(ServeRequest request);
  /// False where there was nothing to do.
  bool step();
  /// Requests that ended since the last call, in the order in which they did.
  std::vector<ServedRequest> take_finished();

  double now() const { return now_; }
  const PrefixCache& cache() const { return cache_; }
  const KvPool& pool() const { return pool_; }

 private:
  struct Waiting {
    std::uint64_t order;
    ServeRequest request;
    bool operator<(const Waiting& other) const {
      return request.arrival_s != other.request.arrival_s
                 ? request.arrival_s < other.request.arrival_s
                 : order < other.order;
    }
  };
  struct Running {
    ServedRequest served;
    PrefixCache::Sequence sequence;
    std::vector<Token> tokens;  // whose KV is computed, and the newest, whose KV is not
    std::uint32_t most_output;
    bool stops_at_eos;
    Rng rng;
  };

  void prefill();
  void decode();
  bool take_token(Running& running, std::span<const float> logits);
  void finish(Running& running);

  const Transformer& model_;
  Config config_;
  Stopwatch stopwatch_;
  PrefixCache cache_;
  KvPool pool_;
  double now_ = 0;
  std::uint64_t submitted_ = 0;
  std::uint32_t started_ = 0;
  std::set<Waiting> waiting_;
  std::vector<Running> running_;
  std::vector<ServedRequest> finished_;
};

}  // namespace kvsim::torch_models
