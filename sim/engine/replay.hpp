#pragma once
// A replay: one stream through one policy at one capacity. The registry erases the policy's type
// once a replay, never once an access.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/component.hpp"
#include "sim/engine/flat_cache.hpp"
#include "sim/engine/keyed_lookups.hpp"
#include "sim/engine/stream.hpp"

namespace kvsim {

/// A policy and the admission filters before it, outermost first: `tinylfu+lru`.
struct PolicySpec {
  std::vector<ComponentSpec> admission;
  ComponentSpec policy;
};

/// Checks names and parameters, refuses a filter given twice, and drops parameters that say what
/// the default is anyway, so that equal specs are equal. Throws InputError.
PolicySpec checked(PolicySpec spec);
/// Reads `filter+policy:a=1,b=2`, checked.
PolicySpec parse_policy(std::string_view text);
/// Reads a list: in `a:x=1,y=2,b` the piece `y=2` belongs to `a`.
std::vector<PolicySpec> parse_policy_list(std::string_view text);
/// The spec as text: only the parameters that differ from their defaults.
std::string label_of(const PolicySpec& spec);
/// Every parameter with its value; a filter's are prefixed with its name and a dot.
Params resolved_params(const PolicySpec& spec);

/// What one request did.
struct RequestOutcome {
  std::uint32_t hit_blocks = 0;
  std::uint32_t insertions = 0;
  std::uint32_t evictions = 0;
  std::uint32_t rejected = 0;
  std::uint64_t hit_tokens = 0;
  std::uint64_t hit_bytes = 0;
};

struct Warmup {
  double share = 0;         ///< the first floor(share × requests) requests are counted nowhere
  bool until_full = false;  ///< instead: those up to the first insertion that needs an eviction
};

/// All that a replay needs. Pointers and the stream are borrowed.
struct ReplayJob {
  const AccessStream* stream = nullptr;
  Reuse reuse = Reuse::kObject;
  std::uint64_t capacity = 0;     ///< units: blocks, or bytes if `weigh_bytes`
  bool weigh_bytes = false;       ///< capacity counts an object's bytes; needs sizes
  bool ignore_size = false;       ///< policies see every object as of size 1
  std::uint32_t block_bytes = 0;  ///< bytes a block where the trace has no sizes; 0: unknown
  Warmup warmup;
  std::uint64_t seed = 1;
  /// Where given, the cache knows blocks by these keys only, and `stream` is the keyed_stream()
  /// of theirs. Organisation flat only.
  std::optional<KeyedLookups> keyed;
  bool plain_form = false;  ///< never a policy's faster form; for comparing the two
  /// Where not null: resized to the requests and filled, warm-up included.
  std::vector<RequestOutcome>* per_request = nullptr;
  /// Where not null, of a replay of recorded events without keys: the evicted blocks, in order.
  std::vector<Slot>* evicted = nullptr;
};

/// Counts of the requests after the warm-up.
struct ReplayCounts {
  std::uint64_t requests = 0, accesses = 0, hits = 0;
  std::uint64_t request_hits = 0;  ///< requests with at least one hit
  std::uint64_t tokens = 0, hit_tokens = 0;
  std::uint64_t bytes = 0, hit_bytes = 0;
  CacheCounts cache;
};

struct ReplayOutcome {
  ReplayCounts counts;
  std::uint64_t warmup_requests = 0;
  bool filled = false;              ///< an insertion needed an eviction
  std::uint64_t occupied_peak = 0;  ///< units, over the counted requests
  double occupied_mean = 0;         ///< units, mean over the counted requests' ends
  std::uint64_t metadata_bytes = 0;
  std::optional<KeyedOutcome> keyed;  ///< of a job with keys
};

/// Replays through an organisation. Throws InputError where policy, organisation, trace and job do
/// not fit together, naming what is missing.
ReplayOutcome replay(const ReplayJob& job, const PolicySpec& policy,
                     std::string_view organisation = "flat");

/// Replays jobs that differ in nothing but capacity, seed and `per_request` in one pass over their
/// stream, each with the outcome that it has alone: by the policy's sweep form where most_lanes()
/// says so, else as independent caches in turn over pieces of the stream. Throws as replay() does.
std::vector<ReplayOutcome> replay_pass(std::span<const ReplayJob> jobs, const PolicySpec& policy,
                                       std::string_view organisation = "flat");

/// How many capacities of such a job one pass serves by the policy's sweep form; 0: it has none.
std::size_t most_lanes(const ReplayJob& job, const PolicySpec& policy,
                       std::string_view organisation);

/// What an access costs, roughly, in those of a policy that keeps one list.
double relative_cost(const PolicySpec& policy);

/// Whether the policy reads the future, so that the stream needs its `next` column.
bool needs_future(const PolicySpec& policy);

/// Whether the policy's faster form reads the past, so that the stream's `previous` column helps.
bool wants_previous(const PolicySpec& policy, Reuse reuse);

std::vector<ComponentInfo> list_policies();
std::vector<ComponentInfo> list_admissions();
std::vector<ComponentInfo> list_organisations();

}  // namespace kvsim
