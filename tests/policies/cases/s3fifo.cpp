#include "policies/queue/s3fifo.hpp"

#include <memory>

#include "tests/policies/policy_case.hpp"
#include "tests/policies/twins/s3fifo.hpp"
#include "tests/policies/twins/share.hpp"

namespace kvsim::policy_tests {

template <>
std::vector<PolicyCase> cases_of<S3Fifo>() {
  const auto twin = [](const S3Fifo::Config& config, const PolicyContext& context) {
    return std::make_unique<twins::S3Fifo>(
        context.capacity, twins::S3Fifo::Parameters{twins::share(context.capacity, config.small),
                                                    twins::share(context.capacity, config.ghost),
                                                    static_cast<int>(config.promote),
                                                    config.variant == S3Fifo::Variant::kPaper});
  };
  return {make_case<S3Fifo>("", twin),
          make_case<S3Fifo>("small=0.25,ghost=0.5", twin),
          make_case<S3Fifo>("small=0.5,promote=1", twin),
          make_case<S3Fifo>("promote=3", twin),
          make_case<S3Fifo>("variant=paper", twin),
          make_case<S3Fifo>("variant=paper,small=0.3,ghost=2,promote=1", twin)};
}

}  // namespace kvsim::policy_tests
