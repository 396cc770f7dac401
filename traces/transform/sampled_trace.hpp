#pragma once

#include "sim/core/spatial_sampling.hpp"
#include "traces/trace.hpp"

namespace kvsim {

/// The accesses to the blocks that `sampling` takes, as a trace of its own: what a scaled-down
/// simulation replays. Requests of blocks stay, those without a sampled block too; single objects
/// are left out with their requests. Input lengths become those of the blocks that are left, so
/// that the last block has its tokens and the look-up rules mean the same blocks. Arrival times,
/// sessions and the like are not carried.
///
/// `blocks` are the trace's, or those of its tokens at some block size. The trace must be without
/// recorded events.
Trace sampled_trace(const Trace& trace, const BlockColumns& blocks,
                    const SpatialSampling& sampling);

}  // namespace kvsim
