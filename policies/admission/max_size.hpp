#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>

#include "policies/admission/concept.hpp"
#include "sim/core/share.hpp"

namespace kvsim {

/// A bound on size: declines blocks larger than a share of the capacity or a number of bytes, so
/// that no single block empties the cache of many.
///
/// Source: the threshold policy of Abrams, Standridge, Abdulla, Williams and Fox 1995, "Caching
/// proxies: limitations and potentials" (LRU-Threshold). O(1) an access, no memory. Deviations: a
/// share of the capacity is a bound as well, of at least one unit, so that it declines nothing
/// where each block counts 1.
class MaxSizeAdmission {
 public:
  static constexpr std::string_view kName = "max_size";
  static constexpr std::string_view kDoc =
      "Declines blocks larger than a bound (LRU-Threshold, Abrams et al. 1995).";
  struct Config {
    double share = 0.1;
    std::uint64_t bytes = 0;
    static auto fields() {
      return std::tuple(field("share", &Config::share, 0, 1,
                              "largest share of the capacity that a block may take"),
                        field("bytes", &Config::bytes, 0, 9e15, "largest size in bytes; 0: any"));
    }
  };

  MaxSizeAdmission(const Config& config, const PolicyContext& context)
      : config_(config),
        most_units_(std::max<std::uint64_t>(share_of(context.capacity, config.share), 1)),
        context_(context) {}

  void on_access(const Access&) {}
  bool admit(const Access& incoming, Slot) const {
    return context_.weight(incoming.slot) <= most_units_ &&
           (config_.bytes == 0 || context_.size(incoming.slot) <= config_.bytes);
  }

  std::size_t memory_bytes() const { return 0; }
  void check_invariants() const {}

 private:
  Config config_;
  std::uint64_t most_units_;
  PolicyContext context_;
};

static_assert(AdmissionFilter<MaxSizeAdmission>);

}  // namespace kvsim
