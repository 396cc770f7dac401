// The physical yardstick: how near a replay comes to a loop that only streams the accesses and
// touches one small node each.

#include <fmt/format.h>

#include "bench/harness.hpp"
#include "bench/suites.hpp"
#include "bench/workload.hpp"

namespace kvsim::bench {

namespace {

struct Node {
  std::uint64_t touched;
  std::uint64_t other_field;
};
static_assert(sizeof(Node) == 16);

void touch_each(const Column<Slot>& slots, std::vector<Node>& nodes) {
  for (const Slot slot : slots.span()) ++nodes[slot].touched;
  benchmark::ClobberMemory();
}

void replay_beside_bare_loop(benchmark::State& state, const std::string& name,
                             const std::string& policy, double share) {
  const Workload& w = workload(WorkloadName::kZipf);
  const PolicySpec spec = parse_policy(policy);
  const ReplayJob job = w.job(share);
  std::vector<Node> nodes(w.stream.distinct);
  const auto check = [&]() -> std::string {
    touch_each(w.stream.slot, nodes);
    std::uint64_t touched = 0;
    for (const Node& node : nodes) touched += node.touched;
    if (touched != w.accesses()) return fmt::format("touched {}, not {}", touched, w.accesses());
    ReplayJob plain = job;
    plain.plain_form = true;
    return difference(replay(job, spec).counts, replay(plain, spec).counts);
  };
  if (!answers_right(state, name, check)) return;
  state.counters["times_bare_loop"] = ratio_in_turn(
      state, [&] { benchmark::DoNotOptimize(replay(job, spec)); },
      [&] { touch_each(w.stream.slot, nodes); });
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(w.accesses()));
}

void bare_loop(benchmark::State& state) {
  const Workload& w = workload(WorkloadName::kZipf);
  std::vector<Node> nodes(w.stream.distinct);
  for ([[maybe_unused]] auto iteration : state) touch_each(w.stream.slot, nodes);
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
