#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/spatial_sampling.hpp"
#include "sim/engine/replay.hpp"

namespace kvsim {

/// A sample for SHARDS: of a fixed rate, or of a fixed size.
struct ShardsSample {
  SpatialSampling blocks;  ///< the rate to begin with
  /// The most blocks that the sample holds at a time: the rate is lowered whenever there are more
  /// (SHARDS of fixed size, section 3.2). 0: any number.
  std::uint32_t most_blocks = 0;
};

/// Hit ratios at ascending capacities, as a sample makes them out to be.
struct CurveEstimate {
  std::vector<double> block_hit;
  std::vector<double> token_hit;  ///< empty where the trace has no tokens
  double rate = 1;                ///< of the blocks; at the end, where it was lowered
  std::uint64_t sampled_blocks = 0;
};

/// LRU's hit ratios at `capacities` (blocks, ascending), by SHARDS: the curve of the sampled blocks
/// alone, with each reuse distance d taken for d / rate. `SHARDS-adj` corrects the number of
/// accesses: what the sample has fewer or more than the rate would give counts as hits of the
/// smallest cache, since the few blocks with very many accesses, which make the difference, have
/// short distances. At rate 1 it is exact.
///
/// With prefix reuse, a run ends at the first sampled block that misses. A block's ancestors are
/// touched whenever it is, so that under LRU they leave no more than a request's blocks before it,
/// and what the unsampled ones would add is as little.
///
/// For a stream without recorded events; warm-up by share. Memory follows the sample: about 60
/// bytes a sampled block. Throws InputError where nothing is sampled.
///
/// Source: Waldspurger, Park, Garthwaite and Ahmad, FAST 2015. Deviation: a distance d of the
/// sample stands for the capacities around (d + 1/2) / rate, not for the least above d / rate,
/// which shows at capacities of a few 1 / rate.
CurveEstimate shards_curve(const AccessStream& stream, Reuse reuse, const Warmup& warmup,
                           std::span<const std::uint64_t> capacities, const ShardsSample& sample);

}  // namespace kvsim
