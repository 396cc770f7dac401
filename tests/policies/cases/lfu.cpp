#include "policies/frequency/lfu.hpp"

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/lfu.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Lfu>() {
  return {make_case<Lfu>("", TwinOfCapacity<twins::Lfu>{})};
}

}  // namespace kvsim::policy_tests
