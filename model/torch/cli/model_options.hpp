#pragma once
// Options that the commands of kvsim-model share.

#include <cstdint>
#include <optional>
#include <string>

#include "model/torch/loaded_model.hpp"
#include "model/torch/serve.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"

namespace kvsim::cli {

/// Which model, and where it computes.
struct ModelOptions {
  std::string model;
  std::optional<std::string> device, dtype, threads;

  void declare(Command& command);
  /// Throws InputError naming the option.
  torch_models::TransformerOptions transformer_options() const;
  torch_models::LoadedModel load() const;
};

/// What is served, and how.
struct ServeCommandOptions {
  ModelOptions model;
  std::string workload;
  std::optional<std::string> policy, capacity, block_size, kv_type, hash, hash_seed, chain;
  std::optional<std::string> batch, sessions, time_scale, most_output, context, on_excess, seed;
  std::optional<std::string> temperature, top_k, top_p, limit;
  bool by_arrival = false;
  bool ignores_eos = false;

  void declare(Command& command);
  /// Throw InputError naming the option.
  Workload open() const;
  torch_models::ServeOptions serve_options(const torch_models::Transformer& transformer) const;
};

/// The blocks that a capacity is, 0 for no cache: what share of the distinct ones it is, nobody
/// knows before a real run. Throws InputError.
std::uint64_t blocks_of(const std::string& text, std::uint32_t block_size,
                        std::uint64_t block_bytes);

/// What was served, for people.
std::string served_text(const torch_models::ServeReport& report);

}  // namespace kvsim::cli
