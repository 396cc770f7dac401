#include <fmt/format.h>

#include "bench/harness.hpp"
#include "bench/suites.hpp"
#include "bench/workload.hpp"
#include "sim/engine/lru_curve.hpp"

namespace kvsim::bench {

namespace {

void exact_lru_curve(benchmark::State& state, const std::string& name, WorkloadName on) {
  const Workload& w = workload(on);
  const auto check = [&]() -> std::string {
    const LruCurve curve = lru_curve(w.stream, w.reuse, {});
    for (const double share : {0.0, 0.001, 0.01, 0.1, 0.5, 1.0}) {
      const ReplayJob job = w.job(share);
      const ReplayCounts replayed = replay(job, parse_policy("lru")).counts;
      if (curve.hits(job.capacity) != replayed.hits ||
          curve.hit_tokens(job.capacity) != replayed.hit_tokens) {
        return fmt::format("at {} blocks, {} hits and {} hit tokens, not {} and {}", job.capacity,
                           curve.hits(job.capacity), curve.hit_tokens(job.capacity), replayed.hits,
                           replayed.hit_tokens);
      }
    }
    return "";
  };
  if (!answers_right(state, name, check)) return;
  for ([[maybe_unused]] auto iteration : state) {
    benchmark::DoNotOptimize(lru_curve(w.stream, w.reuse, {}));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(w.accesses()));
}

}  // namespace

void register_curves() {
  for (const WorkloadName on : {WorkloadName::kChat, WorkloadName::kZipf}) {
    const std::string name = fmt::format("curve/lru_exact/{}", name_of(on));
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
      exact_lru_curve(state, name, on);
    })->Unit(benchmark::kMillisecond);
  }
}

}  // namespace kvsim::bench
