#include "policies/oracle/belady_size.hpp"

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/belady_size.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<BeladySize>() {
  const auto twin = [](const BeladySize::Config& config, const PolicyContext& context) {
    return std::make_unique<twins::BeladySize>(context.capacity, config.samples, config.bypass,
                                               *context.rng);
  };
  return {make_case<BeladySize>("", twin, {.draws = true, .ties_open = true}),
          make_case<BeladySize>("samples=3,bypass=false", twin, {.draws = true, .ties_open = true}),
          make_case<BeladySize>("samples=0", twin, {.ties_open = true}),
          make_case<BeladySize>("samples=0,bypass=false", twin, {.ties_open = true})};
}

}  // namespace kvsim::policy_tests
