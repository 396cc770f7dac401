#pragma once
// What an experiment is: traces, and which runs to make over them.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/capacity.hpp"
#include "experiments/keying.hpp"
#include "model/cost/cost_model.hpp"
#include "sim/engine/replay.hpp"
#include "sim/metrics/measure.hpp"

namespace kvsim {

/// Tokens a block of a trace that leaves the block size free, unless one is asked for.
inline constexpr std::uint32_t kDefaultBlockSize = 16;

/// The most GPUs that tensor parallelism may span.
inline constexpr std::uint64_t kMostGpus = 1024;

/// A trace file to open.
struct TraceSpec {
  std::string path;          ///< as written; relative to ExperimentConfig::folder
  std::string name;          ///< in results; empty: the file's name without its extensions
  std::string format;        ///< with options, as in "csv:id=lbn"; empty: told from the content
  bool skip_errors = false;  ///< pass over malformed records and count them
  std::string place;         ///< where a file says so, for messages: "x.json: /traces/0"
};

/// The full product of its lists.
struct Sweep {
  std::vector<std::string> traces;  ///< names of the traces it is about; empty: all
  std::vector<PolicySpec> policies;
  std::vector<CapacitySpec> capacities;
  std::vector<std::optional<Reuse>> reuse = {
      std::nullopt};  ///< none: object for objects, else prefix
  std::vector<TouchOrder> touch_orders = {TouchOrder::kHeadFirst};
  std::vector<Lookup> lookups = {Lookup::kAll};
  std::vector<std::string> organisations = {"flat"};
  std::vector<std::uint32_t> block_sizes;  ///< tokens; empty: the trace's own, else the default
  std::uint32_t block_bytes = 0;           ///< bytes a block; 0: unknown
  std::optional<CostSpec> cost;            ///< bytes a block by a model, and speedups
  bool ignore_size = false;
  Warmup warmup;
  KeySweep keying;
  std::vector<std::uint64_t> seeds = {1};
  std::string place;              ///< where a file says so, for messages: "x.json: /cases/0"
  std::string block_sizes_place;  ///< the same of block_sizes, or the option
  std::string cost_place;         ///< the same of the cost model
};

struct ExperimentConfig {
  std::filesystem::path folder;  ///< that relative trace paths start from; empty: the current one
  std::vector<TraceSpec> traces;
  std::vector<Sweep> sweeps;  ///< one, or one a case
  bool listed_cases = false;  ///< the sweeps are `cases`
  std::optional<GroupBy> by;
  std::string by_place;  ///< where a file says so, for messages
};

// Names of values, in the order of their enums.
std::vector<std::string> reuse_names();
std::vector<std::string> touch_order_names();
std::vector<std::string> lookup_names();
std::vector<std::string> group_by_names();

/// The values that such names stand for; `reuse` also knows "auto". Each throws InputError with the
/// nearest name.
std::optional<Reuse> parse_reuse(std::string_view text);
TouchOrder parse_touch_order(std::string_view text);
Lookup parse_lookup(std::string_view text);
GroupBy parse_group_by(std::string_view text);
std::string parse_organisation(std::string_view text);
/// Throws InputError where what is said of a cost model is not one: a model without a GPU, a
/// profile beside either, a share out of range.
void check_cost(const CostSpec& spec);
/// Bits of a key, and entries over places of a table: from 0.01 to 0.99.
std::uint32_t parse_hash_bits(std::string_view text);
double parse_load(std::string_view text);
/// Checks the name in a trace format such as "mooncake" or "csv:id=lbn", and returns the whole.
std::string parse_format(std::string_view text);
/// "full", a share such as 0.5, or per cent such as 50%.
Warmup parse_warmup(std::string_view text);

/// The configuration as JSON with every default written out: itself a configuration that reads
/// back as the same experiment. Equal experiments give equal text.
std::string resolved_json(const ExperimentConfig& config);

/// Reads an experiment's file, or `experiment.json` of a folder. Throws InputError with the file,
/// the JSON pointer, what was found and what is allowed.
ExperimentConfig read_experiment(const std::filesystem::path& file);
/// The same from text; `name` is the file's, for messages.
ExperimentConfig parse_experiment(std::string_view text, std::string_view name);

/// The JSON Schema (draft-07) of an experiment's file, made from the registries.
std::string experiment_schema();

/// What two entries of a list share exactly if they mean the same: `s3fifo` and `s3fifo:small=0.1`
/// where 0.1 is the default, `1GiB` and `1024MiB`.
std::string identity_of(const PolicySpec& policy);
std::string identity_of(const CapacitySpec& capacity);
/// The first entry that equals an earlier one, with that one's index.
struct Repetition {
  std::size_t index = 0;
  std::size_t earlier = 0;
};
std::optional<Repetition> find_repetition(const std::vector<std::string>& identities);

}  // namespace kvsim
