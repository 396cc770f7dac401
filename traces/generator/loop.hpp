#pragma once

#include "traces/generator/concept.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Objects 0 … objects-1 in order, again and again. LRU with room for one object less never hits;
/// Belady's MIN hits on all but the misses that capacity forces.
struct Loop {
  static constexpr std::string_view kName = "loop";
  static constexpr std::string_view kDoc =
      "A cyclic scan over a fixed set, larger than the cache in the classic case (Jiang and Zhang "
      "2002, LIRS, section 1).";

  struct Config {
    std::uint64_t objects = 1'000;
    std::uint64_t accesses = 100'000;

    static auto fields() {
      return std::tuple{
          field("objects", &Config::objects, 1, 4e9, "objects in the loop"),
          field("accesses", &Config::accesses, 1, 4e9, "accesses, 100 rounds unless changed"),
      };
    }
  };

  static Trace generate(const Config& config, std::uint64_t /*seed*/) {
    TraceBuilder builder(TraceBuilder::Kind::kObjects);
    for (std::uint64_t i = 0; i < config.accesses; ++i) builder.add_object(i % config.objects, 0);
    return builder.finish("loop", "generated");
  }
};

static_assert(TraceGenerator<Loop>);

}  // namespace kvsim
