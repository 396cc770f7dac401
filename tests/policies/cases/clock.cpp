#include "policies/queue/clock.hpp"

#include <memory>

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/clock.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Clock>() {
  const auto twin = [](const Clock::Config& config, const PolicyContext& context) {
    return std::make_unique<twins::Clock>(context.capacity, (1 << config.bits) - 1,
                                          static_cast<int>(config.initial));
  };
  return {make_case<Clock>("", twin), make_case<Clock>("bits=2", twin),
          make_case<Clock>("initial=1", twin), make_case<Clock>("bits=8,initial=2", twin)};
}

}  // namespace kvsim::policy_tests
