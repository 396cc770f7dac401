#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/core/share.hpp"
#include "sim/engine/replay.hpp"

namespace kvsim {

/// How many accesses ahead of its own an access's memory is asked for.
inline constexpr Position kPrefetchAhead = 16;

/// Positions from `first` up to `last`, each asked for some steps before it comes; `all` is their
/// number in the stream.
template <class Prefetch, class Access>
void for_each_position(Position first, Position last, Position all, Prefetch&& prefetch,
                       Access&& access) {
  const Position ahead = std::min(last, all - std::min(all, kPrefetchAhead));
  Position p = first;
  for (; p < ahead; ++p) {
    prefetch(p + kPrefetchAhead);
    access(p);
  }
  for (; p < last; ++p) access(p);
}

/// Counts what a replay's requests did, leaving out the warm-up. One a replay, whatever the
/// organisation.
class Tally {
 public:
  explicit Tally(const ReplayJob& job) : job_(job), stream_(*job.stream) {
    if (job.per_request != nullptr) job.per_request->assign(stream_.requests, RequestOutcome{});
  }

  /// Replays the requests up to `end`: `request(r, outcome)` does one, and `cache` tells counts(),
  /// was_full() and occupied().
  template <class Cache, class Request>
  void advance(const Cache& cache, std::uint64_t end, Request&& request) {
    const auto one = [&] {
      RequestOutcome outcome;
      const CacheCounts before = cache.counts();
      request(next_, outcome);
      add_cache_counts(outcome, before, cache.counts());
      add(next_, outcome, stream_.lookups_of(next_));
      note_occupancy(cache.occupied());
      if (job_.per_request != nullptr) (*job_.per_request)[next_] = outcome;
      ++next_;
    };
    const std::uint64_t warmup = warmup_at_most();
    while (is_warming_ && next_ < end) {
      if (next_ == warmup || (job_.warmup.until_full && cache.was_full())) {
        forget(next_);
      } else {
        one();
      }
    }
    while (next_ < end) one();
    // A warm-up that nothing follows, or until a cache is full that is filled by the last request.
    if (is_warming_ && next_ == stream_.requests) forget(next_);
  }

  /// Whether requests are single objects of which nothing is told but whether they hit.
  bool counts_only_hits() const {
    return job_.reuse == Reuse::kObject && stream_.block_size == 0 && stream_.offset.empty() &&
           job_.per_request == nullptr && !job_.warmup.until_full && !counts_bytes();
  }

  /// The same, where counts_only_hits() holds.
  template <class Cache>
  void advance_objects(Cache& cache, std::uint64_t end) {
    if (is_warming_) {
      add_objects(cache, std::min(end, warmup_at_most()));
      if (next_ == warmup_at_most()) forget(next_);
    }
    add_objects(cache, end);
  }

  std::uint64_t warmup_by_share() const { return share_of(stream_.requests, job_.warmup.share); }
  bool is_warming() const { return is_warming_; }
  /// Forgets all counts: what came so far, `requests` requests, was warm-up.
  void forget(std::uint64_t requests) {
    is_warming_ = false;
    counts_ = {};
    warmup_requests_ = requests;
    occupied_peak_ = occupied_sum_ = occupied_notes_ = 0;
  }

  static void add_cache_counts(RequestOutcome& outcome, const CacheCounts& before,
                               const CacheCounts& after) {
    outcome.insertions += static_cast<std::uint32_t>(after.insertions - before.insertions);
    outcome.evictions += static_cast<std::uint32_t>(after.evictions - before.evictions);
    outcome.rejected += static_cast<std::uint32_t>(after.rejected - before.rejected);
  }

  /// The first `run` blocks of request `r` are its hits.
  void set_prefix_hits(std::uint64_t r, std::uint64_t run, RequestOutcome& outcome) const {
    outcome.hit_blocks = static_cast<std::uint32_t>(run);
    if (stream_.has_tokens()) outcome.hit_tokens = stream_.prefix_tokens(r, run);
    if (stream_.has_sizes()) outcome.hit_bytes = stream_.prefix_bytes(r, run);
  }

  /// Adds a counted request of `accesses` look-ups.
  void add(std::uint64_t r, const RequestOutcome& outcome, std::uint64_t accesses) {
    ++counts_.requests;
    counts_.accesses += accesses;
    counts_.hits += outcome.hit_blocks;
    counts_.request_hits += outcome.hit_blocks > 0 ? 1 : 0;
    counts_.cache.insertions += outcome.insertions;
    counts_.cache.evictions += outcome.evictions;
    counts_.cache.rejected += outcome.rejected;
    if (stream_.has_tokens()) {
      counts_.tokens += stream_.trace->requests.input_tokens[r];
      counts_.hit_tokens += outcome.hit_tokens;
    }
    if (stream_.has_sizes() && !job_.ignore_size) {
      for (std::uint64_t i = stream_.begin(r); i < stream_.end(r); ++i) {
        counts_.bytes += stream_.bytes_at(i);
      }
      counts_.hit_bytes += outcome.hit_bytes;
    } else if (job_.block_bytes != 0) {
      counts_.bytes += accesses * job_.block_bytes;
      counts_.hit_bytes += static_cast<std::uint64_t>(outcome.hit_blocks) * job_.block_bytes;
    }
  }

  /// Adds counted objects of which nothing is told but whether they hit: what the cache counted
  /// before them and after, and the highest and the sum of the units that it held after each.
  void add_objects(std::uint64_t count, std::uint64_t hits, const CacheCounts& before,
                   const CacheCounts& after, std::uint64_t peak, std::uint64_t sum) {
    counts_.requests += count;
    counts_.accesses += count;
    counts_.hits += hits;
    counts_.request_hits += hits;
    counts_.cache.insertions += after.insertions - before.insertions;
    counts_.cache.evictions += after.evictions - before.evictions;
    counts_.cache.rejected += after.rejected - before.rejected;
    occupied_peak_ = std::max(occupied_peak_, peak);
    occupied_sum_ += sum;
    occupied_notes_ += count;
  }

  void note_occupancy(std::uint64_t units) {
    occupied_peak_ = std::max(occupied_peak_, units);
    occupied_sum_ += units;
    ++occupied_notes_;
  }

  ReplayOutcome outcome(bool filled, std::uint64_t metadata_bytes) const {
    ReplayOutcome outcome;
    outcome.counts = counts_;
    outcome.warmup_requests = warmup_requests_;
    outcome.filled = filled;
    outcome.occupied_peak = occupied_peak_;
    outcome.occupied_mean = occupied_notes_ == 0 ? 0
                                                 : static_cast<double>(occupied_sum_) /
                                                       static_cast<double>(occupied_notes_);
    outcome.metadata_bytes = metadata_bytes;
    return outcome;
  }

 private:
  std::uint64_t warmup_at_most() const {
    return job_.warmup.until_full ? stream_.requests : warmup_by_share();
  }

  template <class Cache>
  void add_objects(Cache& cache, std::uint64_t end) {
    const auto first = static_cast<Position>(next_);
    const auto last = static_cast<Position>(end);
    const CacheCounts before = cache.counts();
    ObjectSums sums;
    if constexpr (std::movable<Cache>) {
      // To where no pointer leads, so that its fields stay in registers.
      Cache moved = std::move(cache);
      sums = replay_objects(moved, first, last);
      cache = std::move(moved);
    } else {
      sums = replay_objects(cache, first, last);
    }
    const CacheCounts after = cache.counts();
    if constexpr (requires { Cache::kInsertsEveryMiss; }) {
      sums.hits = last - first - (after.insertions - before.insertions);
      sums.peak = first == last ? 0 : cache.occupied();
    }
    add_objects(last - first, sums.hits, before, after, sums.peak, sums.units);
    next_ = end;
  }

  struct ObjectSums {
    std::uint64_t hits = 0;
    std::uint64_t peak = 0;   // of the units held
    std::uint64_t units = 0;  // held after each access
  };
  // Where every miss inserts, hits and peak follow from what the cache counts, and a full cache
  // stays so.
  template <class Cache>
  ObjectSums replay_objects(Cache& cache, Position first, Position last) const {
    ObjectSums sums;
    const auto all = static_cast<Position>(stream_.slot.size());
    const auto prefetch = [&](Position p) { cache.prefetch(p); };
    if constexpr (requires { Cache::kInsertsEveryMiss; }) {
      Position p = first;
      for (; p < last && cache.occupied() < job_.capacity; ++p) {
        if (p + kPrefetchAhead < all) prefetch(p + kPrefetchAhead);
        cache.access(p);
        sums.units += cache.occupied();
      }
      for_each_position(p, last, all, prefetch, [&](Position q) { cache.access(q); });
      sums.units += (last - p) * job_.capacity;
    } else {
      for_each_position(first, last, all, prefetch, [&](Position p) {
        sums.hits += cache.access(p) ? 1U : 0U;
        const std::uint64_t units = cache.occupied();
        sums.peak = std::max(sums.peak, units);
        sums.units += units;
      });
    }
    return sums;
  }

  bool counts_bytes() const {
    return (stream_.has_sizes() && !job_.ignore_size) || job_.block_bytes != 0;
  }

  std::uint64_t next_ = 0;  // request
  bool is_warming_ = true;
  ReplayCounts counts_;
  std::uint64_t warmup_requests_ = 0;
  std::uint64_t occupied_peak_ = 0;
  std::uint64_t occupied_sum_ = 0;
  std::uint64_t occupied_notes_ = 0;
  const ReplayJob& job_;
  const AccessStream& stream_;
};

}  // namespace kvsim
