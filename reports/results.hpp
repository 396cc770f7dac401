#pragma once
// A results file as the report sees it: names and numbers, checked, what is absent left absent.

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/cost_fit.hpp"
#include "reports/hash_study.hpp"

namespace kvsim::reports {

/// JSON in the order in which it was written.
using Json = nlohmann::ordered_json;
/// Numbers by dotted name, such as `block_hit` or `buckets.p_value`.
using Values = std::map<std::string, double, std::less<>>;

/// The numbers of one named part (`counts`, `ratios`, …) of a run or group.
using Parts = std::map<std::string, Values, std::less<>>;

/// A cache's size, in each unit in which the run states it.
struct Capacity {
  std::optional<double> blocks;
  std::optional<double> bytes;
  std::optional<double> share;  ///< of the trace's distinct blocks
};

/// What a run says of time: `modelled` or `measured`, never mixed.
struct Speedup {
  std::string kind;
  std::string label;  ///< the kind, and what tells it from the run's others of that kind
  Values values;      ///< `end_to_end`, `prefill`, …, `ttft_s.p50`; factors and seconds
  Json assumptions;   ///< an object, or null
};

/// One replay.
struct Run {
  std::size_t file = 0;  ///< index into the report's files
  std::string trace;
  std::string policy;  ///< the label: `s3fifo:small=0.2`, `tinylfu+lru`
  std::string reuse;
  std::string organisation;
  std::string touch_order;
  std::string lookup;
  std::string hash;       ///< name, width and chain; "" where the run used none
  std::string hash_name;  ///< of `hash`, without its width
  std::optional<double> hash_bits;
  std::string cost_model;  ///< whose times are modelled: model, machine; "" without any
  std::string table;       ///< name; "" where the run names none
  std::optional<double> table_load;
  std::string note;  ///< why a part is absent
  std::optional<double> block_size;
  std::optional<double> warmup_share;
  std::optional<double> warmup_requests;
  std::optional<double> seed;
  std::optional<double> repeat;
  Json policy_config;  ///< an object, or null
  Capacity capacity;
  Parts parts;  ///< `counts`, `ratios`, `collisions`, `memory`, `replay`
  std::vector<Speedup> speedups;
  std::map<std::string, Parts> groups;  ///< `counts` and `ratios` by group

  /// The number called `part.name`, such as `ratios.block_hit`; nothing where absent.
  std::optional<double> value(std::string_view dotted) const;
};

/// A hit-ratio curve over capacity.
struct Curve {
  std::size_t file = 0;
  std::string trace;
  std::string policy;
  std::string reuse;
  std::string method;  ///< exact, sweep, shards or miniature
  std::optional<double> rate;
  bool in_bytes = false;  ///< its capacities; else in blocks
  std::vector<double> capacities;
  std::map<std::string, std::vector<double>> ratios;  ///< `block_hit`, `token_hit`; as long
  Values error;
};

/// One results file.
struct ResultsFile {
  std::filesystem::path path;
  std::string label;  ///< short, and unlike any other file's of the report
  Json provenance;    ///< an object
  std::vector<Run> runs;
  std::vector<Curve> curves;
  HashStudy hashing;
  CostProfile cost;  ///< where the file is a calibrated profile; then the others are empty
};

/// Every file of a report.
struct Results {
  std::vector<ResultsFile> files;

  /// Every run, in the order of the files and of their `runs`.
  std::vector<const Run*> runs() const;
};

/// Names of the hit ratios, in the order of preference: what saves prefill is tokens; blocks are
/// all that there is where requests are objects.
inline constexpr std::string_view kRatioNames[] = {"token_hit", "block_hit", "byte_hit",
                                                   "request_hit"};

/// Reads and checks the files; one that is given twice is read once. Throws InputError (file, JSON
/// pointer, what was found, what is allowed).
Results read_results(const std::vector<std::filesystem::path>& paths);

/// The policy that a label names, without its parameters: `belady` of `belady:bypass=true`.
std::string_view base_policy(std::string_view label);
/// Whether the label names Belady's policy, which the others are measured against.
bool is_belady(std::string_view label);

}  // namespace kvsim::reports
