#include "policies/adaptive/car.hpp"

#include <memory>

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/car.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Car>() {
  const auto twin = [](const Car::Config& config, const PolicyContext& context) {
    return std::make_unique<twins::Car>(context.capacity, config.scaled);
  };
  return {make_case<Car>("", twin), make_case<Car>("scaled=true", twin)};
}

}  // namespace kvsim::policy_tests
