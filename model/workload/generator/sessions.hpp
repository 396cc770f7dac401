#pragma once
// What generators share: how many turns a session has, and when they come.

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/workload/workload.hpp"
#include "sim/core/rng.hpp"

namespace kvsim {

namespace session_docs {
inline constexpr std::string_view kSpread =
    "how far their number varies: uniformly from turns (1 - spread) to turns (1 + spread), at "
    "least 1";
inline constexpr std::string_view kRate =
    "sessions that begin in a second, as a Poisson process; 0: no times";
inline constexpr std::string_view kThink =
    "mean seconds from one turn to the next where there are times, exponential";
inline constexpr std::string_view kSeed = "of all chance";
}  // namespace session_docs

/// How many turns a session has: `mean`, varied by the share `spread`.
std::uint64_t varied_turns(Rng& rng, std::uint32_t mean, double spread);

/// Gives every turn a time, in whole milliseconds; none where `rate` is 0.
void add_arrivals(std::vector<WorkloadSession>& sessions, double rate, double think_s,
                  std::uint64_t seed);

}  // namespace kvsim
