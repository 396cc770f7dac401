#include "policies/queue/two_q.hpp"

#include <memory>

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/share.hpp"
#include "tests/policies/twins/two_q.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<TwoQ>() {
  const auto twin = [](const TwoQ::Config& config, const PolicyContext& context) {
    return std::make_unique<twins::TwoQ>(context.capacity,
                                         twins::share(context.capacity, config.in),
                                         twins::share(context.capacity, config.out));
  };
  return {make_case<TwoQ>("", twin), make_case<TwoQ>("in=0.1,out=1", twin),
          make_case<TwoQ>("in=0.6,out=0.2", twin), make_case<TwoQ>("in=0,out=0", twin)};
}

}  // namespace kvsim::policy_tests
