#include <fmt/format.h>

#include <array>

#include "bench/harness.hpp"
#include "bench/suites.hpp"
#include "bench/workload.hpp"

namespace kvsim::bench {

namespace {

constexpr std::array kShares = {0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.8};

void replay_in_one_pass(benchmark::State& state, const std::string& name, const std::string& policy,
                        WorkloadName on) {
  const Workload& w = workload(on);
  const PolicySpec spec = parse_policy(policy);
  std::vector<ReplayJob> jobs;
  for (const double share : kShares) jobs.push_back(w.job(share));
  const auto check = [&]() -> std::string {
    const std::vector<ReplayOutcome> pass = replay_pass(jobs, spec);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const std::string wrong = difference(pass[i].counts, replay(jobs[i], spec).counts);
      if (!wrong.empty()) return fmt::format("at {}, {}", percent(kShares[i]), wrong);
    }
    return "";
  };
  if (!answers_right(state, name, check)) return;
  const double of_single = ratio_in_turn(
      state, [&] { benchmark::DoNotOptimize(replay_pass(jobs, spec)); },
      [&] {
        for (const ReplayJob& job : jobs) benchmark::DoNotOptimize(replay(job, spec));
      });
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(jobs.size() * w.accesses()));
  state.counters["faster_than_singly"] = 1 / of_single;
}

}  // namespace

void register_passes() {
  // Sweep forms; independent caches in turn.
  for (const char* const policy : {"lru", "fifo", "clock", "sieve", "s3fifo", "arc"}) {
    for (const WorkloadName on : {WorkloadName::kChat, WorkloadName::kZipf}) {
      const std::string name = fmt::format("pass/{}/{}/{}", policy, name_of(on), kShares.size());
      benchmark::RegisterBenchmark(
          name.c_str(),
          [=](benchmark::State& state) { replay_in_one_pass(state, name, policy, on); })
          ->Unit(benchmark::kMillisecond)
          ->UseManualTime();
    }
  }
}

}  // namespace kvsim::bench
