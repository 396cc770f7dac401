#include "policies/adaptive/lecar.hpp"

#include "policies/structures/residents.hpp"
#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/lecar.hpp"
#include "tests/policies/twins/share.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<LeCar>() {
  const auto twin = [](const LeCar::Config& config, const PolicyContext& context) {
    twins::LeCar::Parameters parameters;
    parameters.learning_rate = config.learning_rate;
    parameters.discount = config.discount;
    parameters.blocks = static_cast<double>(typical_residents(context));
    parameters.history_units = twins::share(context.capacity, config.history);
    parameters.floor = config.floor;
    return std::make_unique<twins::LeCar>(context.capacity, parameters, *context.rng);
  };
  const CaseTraits traits{.draws = true, .bytes_per_slot = 27};
  return {make_case<LeCar>("", twin, traits),
          make_case<LeCar>("learning_rate=2,discount=0.5,history=3,floor=0.2", twin, traits)};
}

}  // namespace kvsim::policy_tests
