#include "policies/recency/lirs.hpp"

#include <memory>

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/lirs.hpp"
#include "tests/policies/twins/share.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<Lirs>() {
  const auto twin = [](const Lirs::Config& config, const PolicyContext& context) {
    const std::uint64_t hir = twins::share(context.capacity, config.hir);
    return std::make_unique<twins::Lirs>(
        context.capacity,
        twins::Lirs::Parameters{hir == 0 ? 1 : hir, twins::share(context.capacity, config.stack),
                                config.variant == Lirs::Variant::kPaper});
  };
  return {make_case<Lirs>("", twin),
          make_case<Lirs>("hir=0.2", twin),
          make_case<Lirs>("hir=0.1,stack=1.5", twin),
          make_case<Lirs>("stack=1", twin),
          make_case<Lirs>("variant=paper", twin),
          make_case<Lirs>("variant=paper,hir=0.3,stack=4", twin)};
}

}  // namespace kvsim::policy_tests
