#include "policies/cost_aware/gdsf.hpp"

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/gdsf.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Gdsf>() {
  return {make_case<Gdsf>("", TwinOfCapacity<twins::Gdsf>{})};
}

}  // namespace kvsim::policy_tests
