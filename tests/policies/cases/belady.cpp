#include "policies/oracle/belady.hpp"

#include <memory>

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/belady.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Belady>() {
  const auto twin = [](const Belady::Config& config, const PolicyContext& context) {
    return std::make_unique<twins::Belady>(context.capacity, config.bypass);
  };
  return {make_case<Belady>("", twin, {.ties_open = true}),
          make_case<Belady>("bypass=true", twin, {.ties_open = true})};
}

}  // namespace kvsim::policy_tests
