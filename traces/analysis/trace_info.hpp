#pragma once
// What a researcher asks of a trace first: what it carries, how large it is, how often its blocks
// come back, and what the best cache could hit.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "traces/analysis/summary.hpp"
#include "traces/trace.hpp"

namespace kvsim {

struct AnalyseOptions {
  std::uint32_t block_size = 16;  ///< tokens a block, for token traces, where it is a free choice
};

struct TraceInfo {
  /// Something that a trace may carry.
  struct Feature {
    std::string name;
    bool carried = false;
  };

  struct Times {
    double duration_s = 0;     ///< latest less earliest arrival
    double request_rate = 0;   ///< requests a second over the duration; 0 if that is 0
    bool monotone = true;      ///< no request arrives before the one above it in the file
    double gap_variation = 0;  ///< standard deviation over mean of the gaps between successive
                               ///< arrivals: 1 for Poisson; 0 where there are none
    std::vector<std::uint64_t> profile;  ///< requests in each of 48 equal parts of the duration
  };

  /// The hits that remain when nothing is ever evicted: only first accesses miss. A ratio whose
  /// denominator the trace does not carry is absent.
  struct Ceiling {
    std::uint64_t hits = 0;
    std::uint64_t hit_requests = 0;
    std::uint64_t hit_tokens = 0;
    std::uint64_t hit_bytes = 0;
    double block_hit = 0;
    double request_hit = 0;
    std::optional<double> token_hit;
    std::optional<double> byte_hit;
  };

  /// Values in [from, to).
  struct Bin {
    double from = 0;
    double to = 0;
    std::uint64_t count = 0;
  };

  /// Of the accesses to a block that was accessed before: how long before.
  struct Reuse {
    Summary<std::uint64_t> accesses;      ///< distance in accesses; 1: the one just before
    std::vector<Bin> accesses_histogram;  ///< by powers of two, from the first used bin to the last
    std::optional<Summary<double>> seconds;  ///< between the arrivals of the two requests; 0 where
                                             ///< the file goes back in time
    std::vector<Bin> seconds_histogram;  ///< by powers of two from 2^-10 s, which takes the rest
    double never_reused =
        0;  ///< share of accesses that are their block's last: distinct / accesses
  };

  struct Popularity {
    double top_1_percent = 0;    ///< share of accesses to the most accessed 1 % of distinct blocks
    double top_10_percent = 0;   ///< (rounded up)
    double top_block = 0;        ///< share of accesses to the one most accessed
    double one_hit_wonders = 0;  ///< share of distinct blocks that are accessed once
    /// Least-squares slope of log count over log rank, negated, at ranks 2^(k/4) whose block has at
    /// least 5 accesses (smaller counts are mostly chance); absent below 8 such ranks.
    std::optional<double> zipf_exponent;
    std::optional<double> zipf_r2;  ///< coefficient of determination of that line
  };

  /// How prompts share their beginnings. Block traces only.
  struct Sharing {
    std::uint64_t first_blocks = 0;        ///< distinct first blocks
    std::uint64_t requests_sharing = 0;    ///< requests whose first block another one has too
    std::uint64_t largest_group = 0;       ///< requests with the most common first block
    Summary<std::uint64_t> prefix_blocks;  ///< blocks of a request's longest prefix seen before
  };

  struct Blocks {
    std::uint64_t accesses = 0;
    std::uint64_t distinct = 0;
    Summary<std::uint64_t> per_request;
    std::optional<std::uint64_t> footprint_bytes;  ///< sum of the distinct blocks' (first) sizes
    std::optional<std::uint64_t> accessed_bytes;   ///< sum over accesses
    Ceiling object;                                ///< under object reuse
    std::optional<Ceiling> prefix;                 ///< under prefix reuse; absent for object traces
    Reuse reuse;
    Popularity popularity;
    std::optional<Sharing> sharing;
  };

  struct Sessions {
    std::uint64_t count = 0;
    std::uint64_t requests = 0;            ///< requests that belong to one
    std::uint64_t multi_request = 0;       ///< sessions of more than one request
    Summary<std::uint64_t> per_session;    ///< requests a session
    std::optional<Summary<double>> gap_s;  ///< seconds between arrivals of its successive requests
  };

  struct Parents {
    std::uint64_t requests = 0;   ///< requests that have a parent
    std::uint64_t branching = 0;  ///< requests that are the parent of more than one
    std::uint64_t max_depth = 0;  ///< requests on the longest chain of parents, itself included
  };

  /// Requests under one name of a category or tenant column, the most frequent first.
  struct Group {
    std::string name;
    std::uint64_t requests = 0;
  };

  std::string name;
  std::string path;  ///< empty for a trace made in memory
  std::string format;
  std::string kind;              ///< "objects", "blocks", "tokens" or "lengths"
  std::uint32_t block_size = 0;  ///< tokens a block; 0 for objects and lengths
  std::vector<Feature> features;
  std::uint64_t requests = 0;
  std::uint64_t skipped_records = 0;
  std::uint64_t events = 0;
  std::optional<Summary<std::uint64_t>> input_tokens;
  std::optional<Summary<std::uint64_t>> output_tokens;
  std::optional<Times> times;
  std::optional<Blocks> blocks;
  std::optional<Sessions> sessions;
  std::optional<Parents> parents;
  std::vector<Group> categories;
  std::vector<Group> tenants;
};

/// Measures a trace in time linear in its accesses (and tokens, where blocks are made of them). Of
/// token traces, blocks are the prompts' alone. Throws InputError if options.block_size is 0 for a
/// token trace.
TraceInfo analyse(const Trace& trace, const AnalyseOptions& options = {});

/// All of it under the names above; what the trace does not carry is absent.
nlohmann::json to_json(const TraceInfo& info);

/// All of it for a terminal: UTF-8, at most 100 columns and 60 lines, ending in a newline.
std::string render_text(const TraceInfo& info);

}  // namespace kvsim
