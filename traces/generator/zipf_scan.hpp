#pragma once

#include "traces/generator/concept.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Zipf references, interrupted by periodic sequential scans over other objects: does the policy
/// keep the hot set while the scan passes? Categories "hot" and "scan" tell the two apart.
struct ZipfScan {
  static constexpr std::string_view kName = "zipf_scan";
  static constexpr std::string_view kDoc =
      "Zipf references interrupted by periodic sequential scans, the test of scan resistance "
      "(Megiddo and Modha 2003, ARC, section 1).";

  struct Config {
    std::uint64_t objects = 10'000;
    std::uint64_t accesses = 500'000;
    double alpha = 0.9;
    std::uint64_t period = 50'000;
    std::uint64_t scan_length = 10'000;
    bool fresh = true;

    static auto fields() {
      return std::tuple{
          field("objects", &Config::objects, 1, 1e9, "objects of the Zipf part"),
          field("accesses", &Config::accesses, 1, 4e9, "accesses, scans included"),
          field("alpha", &Config::alpha, 0, 10, "Zipf exponent (modelling choice)"),
          field("period", &Config::period, 1, 4e9,
                "Zipf accesses between two scans (modelling choice: a sixth of accesses are scan)"),
          field("scan_length", &Config::scan_length, 1, 4e9,
                "objects a scan (modelling choice: as many as the hot set has)"),
          field("fresh", &Config::fresh,
                "each scan reads objects never read before; false: every scan reads the same ones"),
      };
    }
  };

  static Trace generate(const Config& config, std::uint64_t seed) {
    const ZipfSampler rank(config.objects, config.alpha);
    Rng rng(seed);
    TraceBuilder builder(TraceBuilder::Kind::kObjects);
    RequestRow hot;
    hot.category = "hot";
    RequestRow scan;
    scan.category = "scan";
    std::uint64_t next_scanned = config.objects;
    std::uint64_t until_scan = config.period;
    std::uint64_t left_in_scan = 0;
    for (std::uint64_t i = 0; i < config.accesses; ++i) {
      if (left_in_scan > 0) {
        builder.add_object(next_scanned++, 0, scan);
        if (--left_in_scan == 0) until_scan = config.period;
        continue;
      }
      builder.add_object(rank(rng) - 1, 0, hot);
      if (--until_scan == 0) {
        left_in_scan = config.scan_length;
        if (!config.fresh) next_scanned = config.objects;
      }
    }
    return builder.finish("zipf_scan", "generated");
  }
};

static_assert(TraceGenerator<ZipfScan>);

}  // namespace kvsim
