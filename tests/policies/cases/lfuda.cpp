#include "policies/frequency/lfuda.hpp"

#include <memory>

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/lfuda.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Lfuda>() {
  const auto twin = [](const Lfuda::Config& config,
                       const PolicyContext& context) -> std::unique_ptr<twins::Twin> {
    if (config.variant == Lfuda::Variant::kPaper) {
      return std::make_unique<twins::Lfuda>(context.capacity);
    }
    return std::make_unique<twins::LfudaLibCacheSim>(context.capacity);
  };
  return {make_case<Lfuda>("", twin), make_case<Lfuda>("variant=libcachesim", twin)};
}

}  // namespace kvsim::policy_tests
