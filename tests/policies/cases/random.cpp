#include "policies/queue/random.hpp"

#include <memory>

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/random.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Random>() {
  const auto twin = [](const Random::Config&, const PolicyContext& context) {
    return std::make_unique<twins::Random>(context.capacity, *context.rng);
  };
  return {make_case<Random>("", twin, {.draws = true})};
}

}  // namespace kvsim::policy_tests
