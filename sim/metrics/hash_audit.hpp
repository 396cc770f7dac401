#pragma once
// What an audit of hash functions found, as results files record it in `hash_audit`.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim {

/// Distinct keys under one function, cut to a width, against an ideal hash.
struct CollisionCheck {
  std::string keys;  ///< "trace", "trace_strided", or the name of a structured set
  unsigned bits = 0;
  std::uint64_t inputs = 0;    ///< distinct keys that were hashed
  std::uint64_t observed = 0;  ///< of them, those whose digest was another's already
  double expected = 0;
  double deviations = 0;  ///< observed less expected, in standard deviations
  double p_value = 1;     ///< two-sided
};

/// How keys fill buckets by their low bits.
struct BucketCheck {
  std::string keys;
  std::uint64_t buckets = 0;
  std::uint64_t observed = 0;  ///< keys that found their bucket taken
  double expected = 0;
  double p_value = 1;  ///< of chi-square over the buckets' loads
};

struct AvalancheResult {
  double mean_bias = 0, worst_bias = 0;
  double mean_by_chance = 0, worst_by_chance = 0;
  std::uint64_t flips = 0;
  bool passes = false;
};

/// Two blocks of tokens with one key.
struct CollidingPrompts {
  std::vector<Token> first, second;
  std::string method;
  bool any_seed = false, any_parent = false;
  double seconds = 0;  ///< to find them, on this machine
};

/// One function; a part that was not examined is absent.
struct HashAuditEntry {
  std::string hash;      ///< label
  std::string strength;  ///< what it is made to withstand
  unsigned bits = 0;     ///< of its digests
  std::uint64_t seed = 0;
  bool seeded = false;
  std::vector<CollisionCheck> collisions;
  std::vector<BucketCheck> buckets;
  std::optional<AvalancheResult> avalanche;
  std::optional<CollidingPrompts> colliding_prompts;
  std::vector<std::string> warnings;  ///< known from elsewhere, with their source
  std::vector<std::string> findings;  ///< of this audit, in words
  std::string verdict;                ///< "unfit", "predictable", "keyed" or "cryptographic"
  std::string verdict_text;
};

struct FalseHitsAtWidth {
  unsigned bits = 0;
  double per_year = 0;
};

/// How wide keys should be.
struct WidthAdvice {
  double lookups_per_second = 0;
  double resident = 0;             ///< blocks in the cache
  double false_hits_per_year = 0;  ///< at most
  unsigned bits = 0;               ///< needed
  std::vector<FalseHitsAtWidth> expected;
  std::string text;
};

struct HashAudit {
  std::string trace;
  std::optional<std::uint64_t> block_size;  ///< tokens
  std::string chain;
  std::uint64_t blocks = 0;  ///< distinct
  std::vector<HashAuditEntry> functions;
  WidthAdvice advice;
};

}  // namespace kvsim
