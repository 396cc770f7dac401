#pragma once
// One run of a simulation or of a real model, as results files record it. What a run did not
// compute is absent (an empty optional), never zero.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/core/fields.hpp"

namespace kvsim {

/// Counts over the requests after the warm-up.
struct Counts {
  std::uint64_t requests = 0;
  std::uint64_t accesses = 0;               ///< blocks looked up
  std::uint64_t hits = 0;                   ///< blocks
  std::uint64_t misses = 0;                 ///< blocks
  std::optional<std::uint64_t> tokens;      ///< input tokens; traces with token counts only
  std::optional<std::uint64_t> hit_tokens;  ///< tokens in hit blocks
  std::optional<std::uint64_t> bytes;       ///< looked up; where sizes or bytes a block are known
  std::optional<std::uint64_t> hit_bytes;
  std::uint64_t insertions = 0;
  std::uint64_t evictions = 0;
  std::uint64_t rejected = 0;
  bool operator==(const Counts&) const = default;
};

/// Hit ratios, each 0 … 1. One whose denominator is 0 or unknown is absent.
struct Ratios {
  std::optional<double> block_hit;    ///< hits / accesses
  std::optional<double> token_hit;    ///< hit tokens / input tokens
  std::optional<double> request_hit;  ///< requests with at least one hit / requests
  std::optional<double> byte_hit;     ///< hit bytes / bytes
  bool operator==(const Ratios&) const = default;
};

/// One group of requests, such as those of one category.
struct GroupResult {
  std::string name;
  Counts counts;
  Ratios ratios;
  bool operator==(const GroupResult&) const = default;
};

/// A cache's size in each unit in which it is known.
struct CapacityResult {
  std::optional<std::uint64_t> blocks;
  std::optional<std::uint64_t> bytes;
  std::optional<double> share;  ///< blocks over the trace's distinct blocks
  bool operator==(const CapacityResult&) const = default;
};

struct WarmupResult {
  std::optional<double> share;  ///< as configured; absent where the warm-up lasts until full
  std::uint64_t requests = 0;   ///< not counted
  bool operator==(const WarmupResult&) const = default;
};

struct MemoryResult {
  std::optional<double> kv_bytes_peak;  ///< bytes of cached blocks, over the counted requests
  std::optional<double> kv_bytes_mean;  ///< mean over the counted requests' ends
  std::uint64_t metadata_bytes = 0;     ///< policy and residency, without shared columns
  double metadata_bytes_per_block = 0;  ///< over the trace's distinct blocks
  bool operator==(const MemoryResult&) const = default;
};

/// How the run's blocks got their keys.
struct HashResult {
  std::string name;        ///< with the parameters that were given
  std::uint64_t bits = 0;  ///< of a key
  std::uint64_t seed = 0;
  std::string chain;
  bool operator==(const HashResult&) const = default;
};

struct TableResult {
  std::string name = "dense";  ///< with the parameters that were given
  std::optional<double> load;  ///< as asked: entries over places when the cache is full
  std::optional<std::uint64_t> buckets;
  std::optional<std::uint64_t> memory_bytes;
  bool operator==(const TableResult&) const = default;
};

/// An observed count beside what an ideal hash would give.
struct CountTest {
  std::uint64_t observed = 0;
  double expected = 0;
  double p_value = 1;          ///< two-sided
  bool beyond_chance = false;  ///< p_value < 0.001
  bool operator==(const CountTest&) const = default;
};

/// Places that look-ups looked at. Lengths of no look-ups are absent.
struct ProbeLengthResult {
  std::uint64_t lookups = 0;
  double mean = 0;
  std::optional<double> expected;  ///< the mean under an ideal hash
  std::uint64_t p99 = 0;
  std::uint64_t max = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> histogram;  ///< length, look-ups
  bool operator==(const ProbeLengthResult&) const = default;
};

/// What hashing did: to the trace's distinct blocks, to the look-ups, and in the table.
struct CollisionResult {
  CountTest keys;  ///< distinct blocks less distinct keys
  std::uint64_t false_hits = 0;
  double false_hits_expected = 0;
  std::optional<double> false_hit_ratio;  ///< over accesses
  std::uint64_t affected_requests = 0;
  std::optional<std::uint64_t> affected_tokens;
  std::optional<CountTest> buckets;                   ///< keys that found their first bucket taken
  std::optional<ProbeLengthResult> found, not_found;  ///< look-ups of resident keys and of others
  std::string expectation;  ///< of probe lengths: the closed form's name, or that it was simulated
  bool operator==(const CollisionResult&) const = default;
};

/// Over requests, each weighing the same; seconds. Percentiles are of the nearest rank.
struct TimeStatistics {
  double mean = 0, p50 = 0, p99 = 0;
  bool operator==(const TimeStatistics&) const = default;
};

/// What the cache is worth in time: factors are the sum of seconds without it over the sum with it,
/// for the same requests, those behind the warm-up.
struct SpeedupResult {
  std::string kind;  ///< "modelled", or "measured": wall clock of a real model run
  std::optional<double> prefill_bound;  ///< 1 / (1 - token hit ratio): an upper bound, no time
  std::optional<double> prefill;        ///< of the prompts' prefills
  std::optional<double> end_to_end;     ///< of prefill and decode; where output lengths are known
  std::optional<double> throughput;     ///< of the whole workload's wall clock
  std::optional<TimeStatistics> ttft_with, ttft_without;  ///< time to first token
  Params assumptions;  ///< model, hardware, formulas, what is left out
  bool operator==(const SpeedupResult&) const = default;
};

/// How the run went on this machine; the one part that differs between equal runs.
struct ReplayTiming {
  double seconds = 0;
  double accesses_per_second = 0;
  std::uint64_t shared_runs = 1;     ///< runs that shared `seconds`
  std::uint64_t peak_rss_bytes = 0;  ///< of the whole process so far
  bool operator==(const ReplayTiming&) const = default;
};

struct RunResult {
  std::string trace;
  std::string policy;    ///< label: name, filters and the parameters that were given
  Params policy_config;  ///< every parameter, defaults included
  std::string reuse;
  std::string organisation;
  std::optional<std::uint64_t> block_size;  ///< tokens; absent for objects
  CapacityResult capacity;
  std::optional<HashResult> hash;
  TableResult table;
  WarmupResult warmup;
  std::uint64_t seed = 1;
  std::uint64_t repeat = 0;
  std::vector<GroupResult> groups;
  std::string touch_order;
  std::string lookup;
  Counts counts;
  Ratios ratios;
  std::optional<CollisionResult> collisions;
  std::string note;  ///< why a part is absent; empty: nothing to say
  MemoryResult memory;
  std::vector<SpeedupResult> speedup;
  ReplayTiming replay;
  bool operator==(const RunResult&) const = default;
};

/// How far a curve's block_hit may be off, over its capacities.
struct CurveError {
  std::string kind;  ///< "standard_error": estimated; "absolute_error": measured
  std::string from;  ///< what it was estimated from or measured against
  double mean = 0;
  double max = 0;
};

/// The least capacity found at which a curve's policy reaches a hit ratio.
struct CurveTarget {
  std::string ratio;  ///< "block_hit" or "token_hit"
  double value = 0;
  std::optional<std::uint64_t> capacity_blocks;  ///< none: never reached
  double reached = 0;  ///< the ratio there; where it is never reached, the highest that was seen
};

/// A hit-ratio curve over capacity, in blocks or in bytes; the other list is empty. `token_hit` is
/// as long as it, or empty.
struct Curve {
  std::string trace;
  std::string policy;
  std::string reuse;
  /// "exact": one pass for all; "sweep": one replay a capacity; "shards", "miniature": of a sample
  std::string method;
  std::optional<double> rate;  ///< of the blocks, sampled
  std::vector<std::uint64_t> capacity_blocks;
  std::vector<std::uint64_t> capacity_bytes;
  std::vector<double> block_hit;
  std::vector<double> token_hit;
  std::optional<CurveError> error;
  std::optional<CurveTarget> target;

  const std::vector<std::uint64_t>& capacities() const {
    return capacity_blocks.empty() ? capacity_bytes : capacity_blocks;
  }
};

}  // namespace kvsim
