#include "policies/adaptive/arc.hpp"

#include <memory>

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/arc.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Arc>() {
  const auto twin = [](const Arc::Config& config, const PolicyContext& context) {
    return std::make_unique<twins::Arc>(context.capacity, config.scaled);
  };
  return {make_case<Arc>("", twin), make_case<Arc>("scaled=true", twin)};
}

}  // namespace kvsim::policy_tests
