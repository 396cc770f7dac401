#include "policies/recency/slru.hpp"

#include <memory>

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/slru.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Slru>() {
  const auto twin = [](const Slru::Config& config, const PolicyContext& context) {
    return std::make_unique<twins::Slru>(context.capacity, config.segments,
                                         config.variant == Slru::Variant::kPaper);
  };
  return {make_case<Slru>("", twin), make_case<Slru>("segments=1", twin),
          make_case<Slru>("segments=2", twin), make_case<Slru>("segments=3,variant=paper", twin),
          make_case<Slru>("segments=2,variant=paper", twin)};
}

}  // namespace kvsim::policy_tests
