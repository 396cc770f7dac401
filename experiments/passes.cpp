#include "experiments/passes.hpp"

#include <fmt/format.h>

#include <string>
#include <unordered_map>

#include "sim/engine/replay.hpp"

namespace kvsim {

namespace {

// What runs that may share a pass have in common.
std::string kind_of(const PlannedRun& run) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {}", run.stream, identity_of(run.policy),
                     name_of(run.reuse), run.organisation, run.capacity.weigh_bytes,
                     run.block_bytes, run.ignore_size,
                     run.warmup.until_full ? 2.0 : run.warmup.share, run.seed, run.repeat);
}

}  // namespace

std::vector<std::vector<std::size_t>> passes_of(const Plan& plan) {
  // On fewer runs than this, a machine's cores are worth more than one pass over a stream.
  constexpr std::size_t kManyRuns = 64;
  constexpr std::size_t kIndependentCaches = 4;
  struct Open {
    std::size_t pass;
    std::size_t room;
  };
  std::vector<std::vector<std::size_t>> passes;
  std::unordered_map<std::string, Open> open;
  for (std::size_t i = 0; i < plan.runs.size(); ++i) {
    const PlannedRun& run = plan.runs[i];
    const auto [it, is_new] = open.try_emplace(kind_of(run), Open{0, 0});
    Open& pass = it->second;
    if (pass.room == 0) {
      // Speedups need what each request hit, which sweep forms do not tell.
      pass.room =
          run.keys || run.costs ? 1 : most_lanes(job_of(plan, run), run.policy, run.organisation);
      const bool takes_turns = plan.runs.size() >= kManyRuns && run.organisation == "flat";
      if (pass.room == 0) pass.room = takes_turns ? kIndependentCaches : 1;
      pass.pass = passes.size();
      passes.emplace_back();
    }
    passes[pass.pass].push_back(i);
    --pass.room;
  }
  return passes;
}

}  // namespace kvsim
