#include "policies/recency/mru.hpp"

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/mru.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Mru>() {
  return {make_case<Mru>("", TwinOfCapacity<twins::Mru>{})};
}

}  // namespace kvsim::policy_tests
