// Replays for bench/instructions to count: under callgrind, which is told to count and dump at
// counted_replay(). Each replay prints a line: policy, case, accesses, hits.

#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "bench/workload.hpp"
#include "sim/engine/replay.hpp"

// In C's linkage, so that callgrind finds it by this name.
extern "C" [[gnu::noinline]] std::uint64_t counted_replay(const kvsim::ReplayJob& job,
                                                          const kvsim::PolicySpec& policy) {
  return kvsim::replay(job, policy).counts.hits;
}

namespace {

using namespace kvsim;         // NOLINT(google-build-using-namespace): a program of one file
using namespace kvsim::bench;  // NOLINT(google-build-using-namespace)

void count(const Workload& on, const std::string& policy, std::string_view what,
           std::uint64_t capacity) {
  ReplayJob job;
  job.stream = &on.stream;
  job.capacity = capacity;
  const std::uint64_t hits = counted_replay(job, parse_policy(policy));
  fmt::print("{} {} {} {}\n", policy, what, on.stream.slot.size(), hits);
}

void count_all() {
  // Misses and hits: the capacity is a tenth of the objects.
  constexpr std::uint64_t kMany = 40'000;
  const auto mixed_short = zipf_workload({200'000, kMany, 1});
  const auto mixed_long = zipf_workload({600'000, kMany, 1});
  // Hits: every object has come within the shorter trace, and all of them fit.
  constexpr std::uint64_t kFew = 1'000;
  const auto hits_short = zipf_workload({100'000, kFew, 1});
  const auto hits_long = zipf_workload({300'000, kFew, 1});
  for (const ComponentInfo& policy : list_policies()) {
    count(*mixed_short, policy.name, "access", kMany / 10);
    count(*mixed_long, policy.name, "access", kMany / 10);
    count(*hits_short, policy.name, "hit", kFew);
    count(*hits_long, policy.name, "hit", kFew);
  }
}

}  // namespace

int main() {
  try {
    count_all();
  } catch (const std::exception& e) {
    fmt::print(stderr, "kvsim_count_instructions: {}\n", e.what());
    return 1;
  }
}
