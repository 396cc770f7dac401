#pragma once
// Serving prompts with a recurrent language model, whose cached state is the hidden state at block
// boundaries: with a prefix cache of such states, and without.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "model/kv_cache/prefix_cache.hpp"
#include "model/torch/recurrent/language_model.hpp"
#include "sim/metrics/result.hpp"

namespace kvsim::torch_models {

struct RecurrentServeConfig {
  PolicySpec policy;
  std::uint64_t capacity = 0;     ///< states that the cache holds, one a block
  std::uint32_t block_size = 16;  ///< tokens
  std::uint32_t output_tokens = 16;
  KeySpec keys;            ///< checked
  std::uint64_t seed = 1;  ///< of the policy
};

/// One request, served both ways.
struct RecurrentRequest {
  std::uint32_t prompt_tokens = 0;
  RequestOutcome cache;           ///< what the state cache did
  std::vector<Token> output;      ///< with the cache; greedy
  bool is_equal = true;           ///< the same tokens came without it
  double largest_difference = 0;  ///< of the first token's scores, with and without it, over their
                                  ///< largest magnitude
  double ttft_with = 0, ttft_without = 0;      ///< seconds to the first token
  double decode_with = 0, decode_without = 0;  ///< seconds for the others
};

struct RecurrentServing {
  std::vector<RecurrentRequest> requests;
  CacheCounts counts;
  std::uint64_t occupied_peak = 0;  ///< states
  double occupied_mean = 0;         ///< behind each request
  std::uint64_t distinct = 0;       ///< full blocks
  std::uint64_t state_bytes = 0;    ///< of one block's state
  std::size_t metadata_bytes = 0;
  /// The requests as a `tokens` trace, with outputs, and the order of look-ups, insertions and
  /// releases: its replay hits and evicts as this run did.
  Trace trace;
  bool replay_agrees =
      false;  ///< on each request's hits, insertions and evictions, and which blocks

  bool is_equal() const;  ///< every request's tokens
  double largest_difference() const;
};

/// Serves the prompts one after another, each with the cache and without it, in turn first. A state
/// stands for all tokens before it, so that the last hit block's is all that a request takes from
/// the cache; without the cache a prompt is one call. Throws InputError where the cache refuses.
RecurrentServing serve_recurrent(
    const RecurrentModel& model, std::span<const std::vector<Token>> prompts,
    const RecurrentServeConfig& config,
    const std::function<void(std::size_t done, std::size_t total)>& on_progress = {});

/// Prompts that share their heads: each is one of `heads` stretches of a text, drawn at random, and
/// another stretch behind it.
struct SharedHeads {
  std::uint64_t requests = 200;
  std::uint64_t heads = 8;
  std::uint64_t head_tokens = 256;
  std::uint64_t tail_tokens = 32;
  std::uint64_t seed = 1;
};
/// Throws InputError where the text is shorter than a head and a tail.
std::vector<std::vector<Token>> prompts_of(std::span<const Token> text, const SharedHeads& shape);

/// The run as results files record it, with its measured speedup. `workload` names the prompts.
RunResult result_of(const RecurrentServing& serving, const RecurrentServeConfig& config,
                    const RecurrentShape& shape, const std::string& workload);

}  // namespace kvsim::torch_models
