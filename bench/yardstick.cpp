// How near replays come to the bare loop.

#include <fmt/format.h>

#include "bench/bare_loop.hpp"
#include "bench/harness.hpp"
#include "bench/suites.hpp"
#include "bench/workload.hpp"

namespace kvsim::bench {

namespace {

void replay_beside_bare_loop(benchmark::State& state, const std::string& name,
                             const std::string& policy, double share) {
  const Workload& w = workload(WorkloadName::kZipf);
  const PolicySpec spec = parse_policy(policy);
  const ReplayJob job = w.job(share);
  BareLoop bare(w.stream);
  const auto check = [&]() -> std::string {
    bare.run();
    if (bare.touched() != w.accesses()) {
      return fmt::format("touched {}, not {}", bare.touched(), w.accesses());
    }
    return difference_to_general_form(job, policy);
  };
  if (!answers_right(state, name, check)) return;
  state.counters["times_bare_loop"] = ratio_in_turn(
      state, [&] { benchmark::DoNotOptimize(replay(job, spec)); }, [&] { bare.run(); });
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(w.accesses()));
}

void bare_loop(benchmark::State& state) {
  const Workload& w = workload(WorkloadName::kZipf);
  BareLoop bare(w.stream);
  for ([[maybe_unused]] auto iteration : state) bare.run();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(w.accesses()));
}

}  // namespace

void register_yardstick() {
  benchmark::RegisterBenchmark("yardstick/bare_loop", bare_loop)->Unit(benchmark::kMillisecond);
  for (const char* const policy : {"lru", "fifo", "clock", "sieve"}) {
    for (const double share : {0.01, 0.1}) {
      const std::string name = fmt::format("yardstick/{}/{}", policy, percent(share));
      benchmark::RegisterBenchmark(
          name.c_str(),
          [=](benchmark::State& state) { replay_beside_bare_loop(state, name, policy, share); })
          ->Unit(benchmark::kMillisecond)
          ->UseManualTime();
    }
  }
}

}  // namespace kvsim::bench
