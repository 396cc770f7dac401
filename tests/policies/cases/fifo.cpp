#include "policies/queue/fifo.hpp"

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/fifo.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Fifo>() {
  return {make_case<Fifo>("", TwinOfCapacity<twins::Fifo>{})};
}

}  // namespace kvsim::policy_tests
