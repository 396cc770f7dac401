#include "model/workload/generator/sessions.hpp"

#include <algorithm>
#include <cmath>

#include "traces/generator/sampling.hpp"

namespace kvsim {

std::uint64_t varied_turns(Rng& rng, std::uint32_t mean, double spread) {
  const double share = 1 + spread * (2 * rng.uniform() - 1);
  return static_cast<std::uint64_t>(std::max(1.0, std::round(mean * share)));
}

void add_arrivals(std::vector<WorkloadSession>& sessions, double rate, double think_s,
                  std::uint64_t seed) {
  if (rate <= 0) return;
  PoissonArrivals starts(rate, seed);
  Rng rng(derive_seed(seed, 1));
  for (WorkloadSession& session : sessions) {
    double now = starts.next();
    for (WorkloadTurn& turn : session.turns) {
      turn.arrival = whole_ms(now);
      if (think_s > 0) now += exponential(rng, think_s);
    }
  }
}

}  // namespace kvsim
