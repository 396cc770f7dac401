#pragma once

#include "traces/generator/concept.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Every object once, in order: no cache can hit, and none should be disturbed by it.
struct Scan {
  static constexpr std::string_view kName = "scan";
  static constexpr std::string_view kDoc =
      "A sequential scan: every object once, the pattern that LRU handles worst (Denning 1968).";

  struct Config {
    std::uint64_t accesses = 100'000;

    static auto fields() {
      return std::tuple{field("accesses", &Config::accesses, 1, 4e9, "accesses, one an object")};
    }
  };

  static Trace generate(const Config& config, std::uint64_t /*seed*/) {
    TraceBuilder builder(TraceBuilder::Kind::kObjects);
    for (std::uint64_t i = 0; i < config.accesses; ++i) builder.add_object(i, 0);
    return builder.finish("scan", "generated");
  }
};

static_assert(TraceGenerator<Scan>);

}  // namespace kvsim
