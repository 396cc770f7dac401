#include <fmt/format.h>

#include "bench/harness.hpp"
#include "bench/suites.hpp"
#include "bench/workload.hpp"

namespace kvsim::bench {

namespace {

void replay_policy(benchmark::State& state, const std::string& name, const std::string& policy,
                   WorkloadName on, double share) {
  const Workload& w = workload(on);
  const PolicySpec spec = parse_policy(policy);
  const ReplayJob job = w.job(share);
  if (!answers_right(state, name, [&] { return difference_to_general_form(job, policy); })) return;
  for ([[maybe_unused]] auto iteration : state) benchmark::DoNotOptimize(replay(job, spec));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(w.accesses()));
}

}  // namespace

void register_policies() {
  for (const ComponentInfo& policy : list_policies()) {
    for (const WorkloadName on : {WorkloadName::kChat, WorkloadName::kZipf}) {
      for (const double share : {0.01, 0.1}) {
        const std::string name =
            fmt::format("policy/{}/{}/{}", policy.name, name_of(on), percent(share));
        benchmark::RegisterBenchmark(name.c_str(), [=, p = policy.name](benchmark::State& state) {
          replay_policy(state, name, p, on, share);
        })->Unit(benchmark::kMillisecond);
      }
    }
  }
}

}  // namespace kvsim::bench
