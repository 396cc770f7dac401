#include "sim/engine/lru_curve.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/share.hpp"
#include "sim/engine/recency_ranks.hpp"

namespace kvsim {

LruCurve::LruCurve(std::vector<std::uint64_t> hits, std::vector<std::uint64_t> tokens,
                   std::uint64_t accesses, std::uint64_t input_tokens)
    : hits_(std::move(hits)),
      tokens_(std::move(tokens)),
      accesses_(accesses),
      input_tokens_(input_tokens) {
  while (hits_.size() > 1 && hits_.back() == 0) hits_.pop_back();
  tokens_.resize(hits_.size());
  std::partial_sum(hits_.begin(), hits_.end(), hits_.begin());
  std::partial_sum(tokens_.begin(), tokens_.end(), tokens_.begin());
}

namespace {

// Counts the plain accesses of objects from `first` on. Their slots are known long before, and what
// an access needs is loaded in two steps ahead of it.
void count_objects(const AccessStream& stream, Position first, std::vector<std::uint64_t>& hits) {
  constexpr Position kTimeAhead = 32;
  constexpr Position kWeightsAhead = 12;
  RecencyRanks ranks(stream.distinct);
  const Slot* slot = stream.slot.data();
  const auto count = static_cast<Position>(stream.slot.size());
  for (Position p = 0; p < count; ++p) {
    if (p + kTimeAhead < count) {
      ranks.prefetch_time(slot[p + kTimeAhead]);
      ranks.prefetch_weights(slot[p + kWeightsAhead]);
    }
    const std::uint32_t since = ranks.used_since(slot[p]);
    ranks.use(slot[p]);
    if (since != RecencyRanks::kNeverUsed && p >= first) ++hits[since + 1];
  }
}

}  // namespace

LruCurve lru_curve(const AccessStream& stream, Reuse reuse, const Warmup& warmup) {
  if (stream.has_events || warmup.until_full) {
    throw InputError(
        "an exact LRU curve is over all capacities at once: recorded events and a warm-up until "
        "the cache is full depend on one");
  }
  const std::uint64_t first_counted = share_of(stream.requests, warmup.share);
  const bool head_first = stream.touch_order == TouchOrder::kHeadFirst;
  // Least capacity at which a block is resident: one more than the blocks used since.
  std::vector<std::uint64_t> hits(std::size_t{stream.distinct} + 1, 0);
  std::vector<std::uint64_t> tokens(hits.size(), 0);
  std::uint64_t accesses = 0;
  std::uint64_t input_tokens = 0;
  if (stream.offset.empty() && !stream.has_tokens()) {
    count_objects(stream, static_cast<Position>(first_counted), hits);
    return {std::move(hits), std::move(tokens), stream.requests - first_counted, 0};
  }
  RecencyRanks ranks(stream.distinct);
  for (std::uint64_t r = 0; r < stream.requests; ++r) {
    const std::uint64_t begin = stream.begin(r);
    const std::uint64_t end = stream.end(r);
    const std::uint64_t looked_up = stream.lookups_of(r);
    const bool counted = r >= first_counted;
    const auto count = [&](std::uint64_t block, std::uint32_t capacity) {
      if (!counted) return;
      ++hits[capacity];
      if (stream.has_tokens()) tokens[capacity] += stream.block_tokens(r, block);
    };
    if (reuse == Reuse::kPrefix) {
      // A run reaches a block at the capacities at which all blocks before it are resident, too.
      std::uint32_t needed = 0;
      for (std::uint64_t i = 0; i < looked_up; ++i) {
        const std::uint32_t since =
            ranks.used_since(stream.slot[head_first ? begin + i : end - 1 - i]);
        if (since == RecencyRanks::kNeverUsed) break;
        needed = std::max(needed, since + 1);
        count(i, needed);
      }
      for (std::uint64_t i = begin; i < end; ++i) ranks.use(stream.slot[i]);
    } else {
      for (std::uint64_t i = begin; i < end; ++i) {
        const std::uint32_t since = ranks.used_since(stream.slot[i]);
        if (since != RecencyRanks::kNeverUsed && i - begin < looked_up) count(i - begin, since + 1);
        ranks.use(stream.slot[i]);
      }
    }
    if (counted) {
      accesses += looked_up;
      if (stream.has_tokens()) input_tokens += stream.trace->requests.input_tokens[r];
    }
  }
  return {std::move(hits), std::move(tokens), accesses, input_tokens};
}

LruByteCurve::LruByteCurve(std::vector<std::uint64_t> needed, std::uint64_t accesses)
    : needed_(std::move(needed)), accesses_(accesses) {
  std::sort(needed_.begin(), needed_.end());
}

std::uint64_t LruByteCurve::hits(std::uint64_t capacity) const {
  const auto end = std::upper_bound(needed_.begin(), needed_.end(), capacity);
  return static_cast<std::uint64_t>(end - needed_.begin());
}

LruByteCurve lru_byte_curve(const AccessStream& stream, const Warmup& warmup) {
  if (!stream.has_sizes() || stream.block_size != 0 || warmup.until_full) {
    throw InputError(
        "an exact LRU curve in bytes is of objects with sizes, and over all capacities at once: a "
        "warm-up until the cache is full depends on one");
  }
  const std::uint64_t first = stream.begin(share_of(stream.requests, warmup.share));
  std::vector<std::uint64_t> needed;
  RecencyBytes stack(stream.distinct);
  for (std::uint64_t p = 0; p < stream.slot.size(); ++p) {
    const Slot slot = stream.slot[p];
    const std::uint64_t since = stack.used_since(slot);
    if (since != RecencyBytes::kNeverUsed && p >= first) {
      needed.push_back(since + stream.bytes[slot]);
    }
    stack.use(slot, stream.bytes[slot]);
  }
  return {std::move(needed), stream.slot.size() - first};
}

}  // namespace kvsim
