#include "policies/recency/lru_k.hpp"

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/lru_k.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<LruK>() {
  const auto twin = [](const LruK::Config& config, const PolicyContext& context) {
    return std::make_unique<twins::LruK>(
        context.capacity, twins::LruK::Parameters{config.k, config.correlated, config.retention});
  };
  const CaseTraits three{.bytes_per_slot = 32};
  return {make_case<LruK>("", twin),
          make_case<LruK>("k=1", twin),
          make_case<LruK>("k=3", twin, three),
          make_case<LruK>("k=2,retention=20", twin),
          make_case<LruK>("retention=1", twin),
          make_case<LruK>("correlated=3", twin, three),
          make_case<LruK>("k=3,correlated=10,retention=40", twin, three)};
}

}  // namespace kvsim::policy_tests
