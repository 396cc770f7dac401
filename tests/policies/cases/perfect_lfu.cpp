#include "policies/frequency/perfect_lfu.hpp"

#include <memory>

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/perfect_lfu.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<PerfectLfu>() {
  return {make_case<PerfectLfu>("", TwinOfCapacity<twins::PerfectLfu>{})};
}

}  // namespace kvsim::policy_tests
