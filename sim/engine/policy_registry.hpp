#pragma once
// What the engine knows of each policy once its type is erased.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/concept.hpp"
#include "policies/fast_form.hpp"
#include "sim/engine/live_cache.hpp"
#include "sim/engine/replay.hpp"

namespace kvsim {

/// A replay that goes on piece by piece.
class Replay {
 public:
  virtual ~Replay() = default;
  /// Replays the requests up to `end`.
  virtual void advance(std::uint64_t end) = 0;
  /// What came of it, all requests done.
  virtual ReplayOutcome finish() = 0;
};

/// What a live cache is made of.
struct LiveJob {
  std::uint64_t capacity = 0;  ///< blocks
  std::uint32_t slots = 0;
  std::uint64_t seed = 1;
};

struct PolicyEntry {
  ComponentInfo info;
  PolicyTraits traits;
  Params (*resolve)(const Params& params);  ///< all parameters; throws InputError
  /// Of the flat organisation, see flat_replay.hpp and flat_sweep.hpp.
  std::unique_ptr<Replay> (*begin)(const PolicySpec& spec, const ReplayJob& job);
  std::size_t (*most_lanes)(const PolicySpec& spec, const ReplayJob& job);
  std::vector<ReplayOutcome> (*sweep)(const PolicySpec& spec, std::span<const ReplayJob> jobs);
  NeedsPrevious previous;  ///< of its faster form
  /// Null for a policy that needs the future.
  std::unique_ptr<LiveCache> (*live)(const PolicySpec& spec, const LiveJob& job);
};

/// All policies, in the order of policies.list.
const std::vector<PolicyEntry>& policy_registry();
/// Throws InputError with the nearest name.
const PolicyEntry& find_policy(std::string_view name);

/// "policy 's3fifo'", for messages.
std::string policy_place(std::string_view name);

/// Defined in flat_replay.hpp and flat_sweep.hpp; instantiated once a policy.
template <EvictionPolicy P>
std::unique_ptr<Replay> begin_flat(const PolicySpec& spec, const ReplayJob& job);
template <EvictionPolicy P>
std::size_t most_lanes(const PolicySpec& spec, const ReplayJob& job);
template <EvictionPolicy P>
std::vector<ReplayOutcome> sweep_flat(const PolicySpec& spec, std::span<const ReplayJob> jobs);
template <EvictionPolicy P>
std::unique_ptr<LiveCache> live_flat(const PolicySpec& spec, const LiveJob& job);
/// What the policy's faster form reads.
template <EvictionPolicy P>
NeedsPrevious needs_previous();

inline bool wants_previous(NeedsPrevious needs, Reuse reuse) {
  return needs == NeedsPrevious::kYes ||
         (needs == NeedsPrevious::kForPrefixReuse && reuse == Reuse::kPrefix);
}

}  // namespace kvsim
