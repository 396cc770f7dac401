#pragma once
// How fast functions hash chained blocks, and tables answer look-ups, on this machine.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/cost/cost_model.hpp"
#include "sim/core/component.hpp"
#include "sim/metrics/hash_bench.hpp"

namespace kvsim {

/// Called as each piece of the work begins, with how many are done.
using SpeedProgress =
    std::function<void(std::size_t done, std::size_t total, const std::string& what)>;

struct HashSpeedOptions {
  std::vector<ComponentSpec> hashes;  ///< under the `kvsim` chain
  std::vector<ComponentSpec> chains;  ///< engines' chains, with the functions that they bring
  std::vector<std::uint64_t> block_tokens = {16, 64, 256, 512};
  std::uint64_t prompt_tokens = 65'536;  ///< of the prompt that is hashed again and again
  std::uint64_t rounds = 9;
  double seconds_per_round = 0.002;  ///< at least, of each function and block size
  SpeedProgress on_progress;
};

/// Times one thread over prompts of random tokens, the functions in turn in each round, so that
/// what slows the machine slows all; medians over the rounds. First each function's keys are
/// checked: one key at a time and many at once must give the same, and so must every round. Throws
/// InputError as make_hasher() and make_chain() do, and std::logic_error where a check fails.
std::vector<HashSpeed> time_hashes(const HashSpeedOptions& options);

struct TableSpeedOptions {
  std::vector<ComponentSpec> tables;
  std::vector<double> loads = {0.5, 0.6, 0.7, 0.8, 0.9, 0.95};
  std::vector<std::uint64_t> entries = {4'096, 2'097'152};  ///< within the caches, and beyond
  std::uint64_t most_lookups = 1'000'000;                   ///< a round
  std::uint64_t seed = 1;
  SpeedProgress on_progress;
};

std::vector<TableSpeed> time_tables(const TableSpeedOptions& options);

/// The prefill of a prompt of which `cached_share` (0 … 1) is hit; the last token is always
/// computed.
PrefillTime modelled_prefill(const CostModel& model, std::uint64_t prompt_tokens,
                             double cached_share);

/// What hashing a prompt costs of its time to first token: `prefill.seconds` where that is
/// measured, since it holds the hashing that there was; together with the hashing where modelled.
std::vector<HashingShare> hashing_shares(const std::vector<HashSpeed>& speeds,
                                         const PrefillTime& prefill);

}  // namespace kvsim
