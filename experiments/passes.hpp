#pragma once
// Which runs of a plan are replayed in one pass over their stream.

#include <cstddef>
#include <vector>

#include "experiments/plan.hpp"

namespace kvsim {

/// The plan's runs in groups that share a pass, each ascending, in order of their first: runs that
/// differ in nothing but their capacity, as many as their policy's sweep form takes. Where a plan
/// has so many runs that they keep any machine busy, other policies' caches share one, too, a few
/// at a time: the stream is read once for all of them. Depends on the plan alone.
std::vector<std::vector<std::size_t>> passes_of(const Plan& plan);

}  // namespace kvsim
