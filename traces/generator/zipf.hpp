#pragma once

#include <numeric>
#include <vector>

#include "traces/generator/concept.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Independent references with Zipf popularity: object i (0-based) is drawn with probability
/// proportional to (i + 1)^-alpha. With `drift`, objects exchange their popularity as time passes.
struct Zipf {
  static constexpr std::string_view kName = "zipf";
  static constexpr std::string_view kDoc =
      "Independent references with Zipf popularity, optionally with sizes and drifting popularity "
      "(Breslau et al. 1999, INFOCOM).";

  struct Config {
    std::uint64_t objects = 100'000;
    std::uint64_t accesses = 1'000'000;
    double alpha = 0.8;
    double drift = 0;
    double mean_bytes = 0;
    double sigma_bytes = 1;

    static auto fields() {
      return std::tuple{
          field("objects", &Config::objects, 1, 1e9, "objects that may be drawn"),
          field("accesses", &Config::accesses, 1, 4e9, "accesses"),
          field("alpha", &Config::alpha, 0, 10,
                "Zipf exponent; 0 is uniform. Breslau et al. 1999 measured 0.64 to 0.83 on web "
                "proxies, YCSB uses 0.99"),
          field("drift", &Config::drift, 0, 1,
                "probability, at each access, that two uniformly chosen objects exchange their "
                "popularity; 0 (independent references) is the model's plain form"),
          field("mean_bytes", &Config::mean_bytes, 0, 1e9,
                "mean object size, lognormal; 0: the trace carries no sizes"),
          field("sigma_bytes", &Config::sigma_bytes, 0, 5,
                "standard deviation of the size's logarithm (modelling choice: heavy tail)"),
      };
    }
  };

  static Trace generate(const Config& config, std::uint64_t seed) {
    const ZipfSampler rank(config.objects, config.alpha);
    Rng rng(seed);
    Rng drift(derive_seed(seed, 1));
    ObjectSizes bytes(config.mean_bytes, config.sigma_bytes, derive_seed(seed, 2));
    std::vector<std::uint32_t> object_at;  // object of each rank; only where it changes
    if (config.drift > 0) {
      object_at.resize(config.objects);
      std::iota(object_at.begin(), object_at.end(), 0u);
    }
    TraceBuilder builder(TraceBuilder::Kind::kObjects);
    for (std::uint64_t i = 0; i < config.accesses; ++i) {
      std::uint64_t object = rank(rng) - 1;
      if (config.drift > 0) {
        if (chance(drift, config.drift)) {
          const std::uint64_t a = drift.below(config.objects);
          const std::uint64_t b = drift.below(config.objects);
          std::swap(object_at[a], object_at[b]);
        }
        object = object_at[object];
      }
      builder.add_object(object, bytes(object));
    }
    return builder.finish("zipf", "generated");
  }
};

static_assert(TraceGenerator<Zipf>);

}  // namespace kvsim
