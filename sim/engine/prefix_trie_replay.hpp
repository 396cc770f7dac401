#pragma once

#include "sim/engine/replay.hpp"

namespace kvsim {

/// Replays through the `prefix_trie` organisation. Throws InputError for a policy without a form
/// for it, and for whatever else it does not define.
ReplayOutcome replay_prefix_trie(const ReplayJob& job, const PolicySpec& spec);

}  // namespace kvsim
