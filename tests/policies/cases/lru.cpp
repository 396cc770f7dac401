#include "policies/recency/lru.hpp"

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/lru.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Lru>() {
  return {make_case<Lru>("", TwinOfCapacity<twins::Lru>{})};
}

}  // namespace kvsim::policy_tests
