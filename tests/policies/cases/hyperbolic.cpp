#include "policies/cost_aware/hyperbolic.hpp"

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/hyperbolic.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Hyperbolic>() {
  const auto twin = [](const Hyperbolic::Config& config, const PolicyContext& context) {
    return std::make_unique<twins::Hyperbolic>(context.capacity, config.samples, config.size_aware,
                                               *context.rng);
  };
  return {make_case<Hyperbolic>("", twin, {.draws = true}),
          make_case<Hyperbolic>("samples=3,size_aware=true", twin, {.draws = true}),
          make_case<Hyperbolic>("samples=0", twin),
          make_case<Hyperbolic>("samples=0,size_aware=true", twin)};
}

}  // namespace kvsim::policy_tests
