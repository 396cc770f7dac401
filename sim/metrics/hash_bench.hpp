#pragma once
// How fast hash functions and tables are, as results files record it in `hash_bench`. Times are
// wall clock, on the provenance's host.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/fields.hpp"

namespace kvsim {

/// One function over chained blocks: each block's key holds its parent's.
struct HashSpeed {
  std::string hash;   ///< label; of an engine's chain, the function that it brings
  std::string chain;  ///< "kvsim", or an engine's
  std::uint64_t block_tokens = 0;
  double seconds_per_block = 0;  ///< median of the rounds
  double blocks_per_second = 0;
  double bytes_per_second = 0;  ///< of tokens, four bytes each
};

/// Look-ups of one table.
struct TableSpeed {
  std::string table;
  double load = 0;
  std::uint64_t entries = 0;
  double hit_ns = 0, miss_ns = 0;  ///< a look-up, medians of rounds
  std::uint64_t memory_bytes = 0;
  double memory_bytes_per_block = 0;
};

/// Time to first token without hashing and queueing.
struct PrefillTime {
  std::string kind;  ///< "modelled", or "measured" where the user stated it
  std::uint64_t prompt_tokens = 0;
  double cached_share = 0;  ///< of the prompt's tokens; they are hashed, not computed
  double seconds = 0;
  std::string model, device;  ///< empty where measured
  Params assumptions;         ///< of the cost model; empty where measured
};

/// What hashing a prompt's blocks costs of its time to first token.
struct HashingShare {
  std::string hash, chain;
  std::uint64_t block_tokens = 0;
  double seconds = 0;  ///< to hash the prompt
  double share = 0;    ///< of the time to first token, hashing included
};

struct HashBench {
  std::uint64_t rounds = 0;
  std::vector<HashSpeed> hashes;
  std::vector<TableSpeed> tables;
  std::optional<PrefillTime> prefill;
  std::vector<HashingShare> shares;
};

}  // namespace kvsim
