#pragma once
// The traces that the benchmarks replay. Each is opened at its first use and kept.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sim/engine/replay.hpp"
#include "sim/engine/stream.hpp"
#include "traces/trace.hpp"

namespace kvsim::bench {

/// Size of a Zipf trace.
struct Settings {
  std::uint64_t accesses = 1'000'000;
  std::uint64_t objects = 100'000;
  std::uint64_t seed = 1;
};
/// That of the benchmarks, from the command line.
Settings& settings();

/// An opened trace with the columns that replays read.
struct Workload {
  Trace trace;
  AccessStream stream;
  Reuse reuse;

  std::uint64_t accesses() const { return stream.slot.size(); }
  /// A share of the distinct blocks, rounded down, at least 1.
  std::uint64_t capacity(double share) const;
  ReplayJob job(double share) const;
};

/// Independent references with Zipf popularity of exponent 1; with the same seed, a longer trace
/// goes on where a shorter one ends. Object reuse.
std::unique_ptr<Workload> zipf_workload(const Settings& size);

/// Which workload; opened by workload().
enum class WorkloadName {
  kChat,  ///< the bundled sample in blocks of 16 tokens, prefix reuse
  kZipf,  ///< zipf_workload() of settings()
};
std::string_view name_of(WorkloadName name);
const Workload& workload(WorkloadName name);

inline constexpr std::uint32_t kChatBlockSize = 16;

/// A share as text, as capacities are given: "0.1%".
std::string percent(double share);

}  // namespace kvsim::bench
