#include "policies/queue/sieve.hpp"

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/sieve.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Sieve>() {
  return {make_case<Sieve>("", TwinOfCapacity<twins::Sieve>{})};
}

}  // namespace kvsim::policy_tests
