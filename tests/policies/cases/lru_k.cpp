#include "policies/recency/lru_k.hpp"

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/lru_k.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<LruK>() {
  const auto twin = [](const LruK::Config& config, const PolicyContext& context) {
    return std::make_unique<twins::LruK>(context.capacity, config.k, config.retention);
  };
  return {make_case<LruK>("", twin), make_case<LruK>("k=1", twin), make_case<LruK>("k=3", twin),
          make_case<LruK>("k=2,retention=20", twin)};
}

}  // namespace kvsim::policy_tests
