#pragma once
// What hash functions do to a trace's keys, to keys with structure, and against an adversary.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/component.hpp"
#include "sim/engine/stream.hpp"
#include "sim/metrics/hash_audit.hpp"

namespace kvsim {

struct HashAuditOptions {
  std::vector<ComponentSpec> hashes;  ///< empty: all that there are; not with an engine's chain
  std::vector<unsigned> bits = {16, 20, 24,
                                32, 48, 64};  ///< those that a digest has not are left out
  std::uint64_t seed = 0;  ///< of the functions that take one, and of what is drawn at random
  ComponentSpec chain{"kvsim", {}};
  std::optional<double> lookups_per_second;  ///< default: the trace's mean rate, else 10,000
  std::optional<double> resident;            ///< blocks; default: the trace's distinct ones
  double false_hits_per_year = 0.001;
  /// Called as each function begins, with how many are done.
  std::function<void(std::size_t done, std::size_t total, const std::string& hash)> on_progress;
};

/// Audits functions one by one. Counts depend on the trace, the options and nothing else. Throws
/// InputError, before it begins, where a name, a seed or the chain does not fit.
HashAudit audit_hashes(const AccessStream& stream, const HashAuditOptions& options);

}  // namespace kvsim
