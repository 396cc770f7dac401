#include "sim/engine/live_cache.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/engine/policy_registry.hpp"

namespace kvsim {

std::unique_ptr<LiveCache> make_live_cache(const PolicySpec& policy, std::uint64_t capacity,
                                           std::uint32_t slots, std::uint64_t seed) {
  if (needs_future(policy)) {
    throw InputError(
        fmt::format("policy '{}' must know all accesses beforehand, which a real run cannot tell; "
                    "allowed is any other than belady and belady_size",
                    policy.policy.name));
  }
  const PolicySpec spec = checked(policy);
  return find_policy(spec.policy.name).live(spec, {capacity, slots, seed});
}

}  // namespace kvsim
