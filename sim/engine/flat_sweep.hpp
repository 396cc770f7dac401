#pragma once
// One pass of the `flat` organisation for several capacities of one policy, by its sweep form.
// Included, like flat_replay.hpp, only by the one source file a policy.

#include <algorithm>
#include <memory>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

#include "policies/sweep_form.hpp"
#include "sim/engine/flat_replay.hpp"

namespace kvsim {

namespace engine_detail {

/// One lane of a sweep as a Tally sees a cache.
template <SweepForm F>
class LaneView {
 public:
  LaneView(const F& form, std::size_t lane, std::uint64_t capacity)
      : form_(form), lane_(lane), capacity_(capacity) {}
  CacheCounts counts() const {
    const std::uint64_t misses = form_.misses(lane_);
    return {misses, misses - std::min(misses, capacity_), 0};
  }
  bool was_full() const { return form_.misses(lane_) > capacity_; }
  std::uint64_t occupied() const { return std::min(form_.misses(lane_), capacity_); }

 private:
  const F& form_;
  std::size_t lane_;
  std::uint64_t capacity_;
};

template <SweepForm F>
class SweepReplay {
 public:
  /// Of jobs that differ in nothing but their capacity, the smallest first.
  SweepReplay(const typename F::Policy::Config& config, std::span<const ReplayJob> jobs)
      : jobs_(jobs),
        stream_(*jobs.front().stream),
        capacities_(capacities_of(jobs)),
        form_(config, capacities_, columns_of(stream_)),
        found_before_(jobs.front()) {
    tallies_.reserve(jobs.size());
    for (const ReplayJob& job : jobs_) tallies_.emplace_back(job);
  }

  std::vector<ReplayOutcome> run() {
    const std::uint64_t warmup = tallies_.front().warmup_by_share();
    replay(0, warmup);
    for (Tally& tally : tallies_) tally.forget(warmup);
    replay(warmup, stream_.requests);
    using Fast = typename FastFormOf<typename F::Policy>::Type;
    std::vector<ReplayOutcome> outcomes;
    for (std::size_t k = 0; k < jobs_.size(); ++k) {
      outcomes.push_back(tallies_[k].outcome(
          view(k).was_full(), Fast::memory_bytes(jobs_[k].capacity, columns_of(stream_))));
    }
    return outcomes;
  }

 private:
  static std::vector<std::uint64_t> capacities_of(std::span<const ReplayJob> jobs) {
    std::vector<std::uint64_t> capacities;
    for (const ReplayJob& job : jobs) capacities.push_back(job.capacity);
    return capacities;
  }
  LaneView<F> view(std::size_t k) const { return {form_, k, capacities_[k]}; }

  void replay(std::uint64_t first, std::uint64_t last) {
    if (tallies_.front().counts_only_hits()) {
      replay_objects(static_cast<Position>(first), static_cast<Position>(last));
    } else {
      replay_requests(first, last);
    }
  }

  // One access a request and nothing to tell of it but whether it hit. Until it is full, a cache
  // holds every block accessed so far: the largest one shows how the others fill.
  void replay_objects(Position first, Position last) {
    const std::size_t lanes = jobs_.size();
    std::vector<CacheCounts> before;
    for (std::size_t k = 0; k < lanes; ++k) before.push_back(view(k).counts());
    std::vector<std::uint64_t> sums(lanes, 0);  // of what a cache holds, once it is full
    std::size_t filling = 0;                    // the smallest that is not
    std::uint64_t sum = 0;
    F form = std::move(form_);  // to where no pointer leads: its fields stay in registers
    const std::uint64_t most = capacities_.back();
    for_each_position(
        first, last, static_cast<Position>(stream_.slot.size()),
        [&](Position p) { form.prefetch(p); },
        [&](Position p) {
          form.access(p);
          const std::uint64_t units = std::min(form.misses(lanes - 1), most);
          while (filling < lanes && units >= capacities_[filling]) {
            sums[filling] = sum + (last - p) * capacities_[filling];
            ++filling;
          }
          sum += units;
        });
    form_ = std::move(form);
    for (; filling < lanes; ++filling) sums[filling] = sum;
    for (std::size_t k = 0; k < lanes; ++k) {
      const CacheCounts after = view(k).counts();
      const std::uint64_t hits = last - first - (after.insertions - before[k].insertions);
      tallies_[k].add_objects(last - first, hits, before[k], after,
                              first == last ? 0 : view(k).occupied(), sums[k]);
    }
  }

  void replay_requests(std::uint64_t first, std::uint64_t last) {
    const std::size_t lanes = jobs_.size();
    std::vector<RequestOutcome> outcomes(lanes);
    std::vector<CacheCounts> before(lanes);
    for (std::uint64_t r = first; r < last; ++r) {
      std::fill(outcomes.begin(), outcomes.end(), RequestOutcome{});
      for (std::size_t k = 0; k < lanes; ++k) before[k] = view(k).counts();
      if (jobs_.front().reuse == Reuse::kObject) {
        access_objects(r, outcomes);
      } else {
        access_prefix(r, outcomes);
      }
      for (std::size_t k = 0; k < lanes; ++k) {
        Tally::add_cache_counts(outcomes[k], before[k], view(k).counts());
        tallies_[k].add(r, outcomes[k], stream_.lookups_of(r));
        tallies_[k].note_occupancy(view(k).occupied());
      }
    }
  }

  void access_objects(std::uint64_t r, std::span<RequestOutcome> outcomes) {
    const auto begin = static_cast<Position>(stream_.begin(r));
    const auto end = static_cast<Position>(stream_.end(r));
    const Position looked_up = begin + stream_.lookups_of(r);
    for (Position p = begin; p < end; ++p) {
      if (p < looked_up) {
        const RequestOutcome hit = block_outcome(r, p - begin);
        for_each_lane(form_.resident(p, p), [&](std::size_t k) { add(outcomes[k], hit); });
      }
      access(p);
    }
  }

  void access_prefix(std::uint64_t r, std::span<RequestOutcome> outcomes) {
    const auto begin = static_cast<Position>(stream_.begin(r));
    const auto end = static_cast<Position>(stream_.end(r));
    const std::uint32_t looked_up = stream_.lookups_of(r);
    const bool head_first = stream_.touch_order == TouchOrder::kHeadFirst;
    RequestOutcome so_far;
    Lanes running = (Lanes{1} << jobs_.size()) - 1;
    for (std::uint32_t run = 0; run < looked_up && running != 0; ++run) {
      const Position p = head_first ? begin + run : end - 1 - run;
      const Lanes resident = found_before_(p, begin) ? running : form_.resident(p, begin);
      for_each_lane(running & ~resident, [&](std::size_t k) { outcomes[k] = so_far; });
      running &= resident;
      add(so_far, block_outcome(r, run));
    }
    for_each_lane(running, [&](std::size_t k) { outcomes[k] = so_far; });
    for (Position p = begin; p < end; ++p) access(p);
  }

  // What a hit on a request's block adds.
  RequestOutcome block_outcome(std::uint64_t r, std::uint64_t block) const {
    RequestOutcome hit;
    hit.hit_blocks = 1;
    if (stream_.has_tokens()) hit.hit_tokens = stream_.block_tokens(r, block);
    if (stream_.has_sizes()) hit.hit_bytes = stream_.bytes_at(stream_.begin(r) + block);
    return hit;
  }
  static void add(RequestOutcome& to, const RequestOutcome& hit) {
    to.hit_blocks += hit.hit_blocks;
    to.hit_tokens += hit.hit_tokens;
    to.hit_bytes += hit.hit_bytes;
  }

  void access(Position p) {
    if (p + kPrefetchAhead < stream_.slot.size()) form_.prefetch(p + kPrefetchAhead);
    form_.access(p);
  }

  std::span<const ReplayJob> jobs_;
  const AccessStream& stream_;
  std::vector<std::uint64_t> capacities_;
  F form_;
  FoundBefore<F> found_before_;
  std::vector<Tally> tallies_;
};

}  // namespace engine_detail

/// How many capacities of the policy one pass takes by its sweep form; 0 where it has none, or none
/// that serves this job.
template <EvictionPolicy P>
std::size_t most_lanes(const PolicySpec& spec, const ReplayJob& job) {
  using namespace engine_detail;  // NOLINT(google-build-using-namespace): its own parts
  using Sweep = typename SweepFormOf<P>::Type;
  if constexpr (!std::is_void_v<Sweep>) {
    if (job.per_request == nullptr && !job.warmup.until_full &&
        can_serve<Sweep>(config_of<P>(spec), spec, job)) {
      return Sweep::kMostLanes;
    }
  }
  return 0;
}

/// The outcomes of as many jobs as most_lanes() says, at most, that differ in nothing but their
/// capacity.
template <EvictionPolicy P>
std::vector<ReplayOutcome> sweep_flat(const PolicySpec& spec, std::span<const ReplayJob> jobs) {
  using namespace engine_detail;  // NOLINT(google-build-using-namespace): its own parts
  using Sweep = typename SweepFormOf<P>::Type;
  std::vector<ReplayOutcome> outcomes(jobs.size());
  if constexpr (!std::is_void_v<Sweep>) {
    std::vector<std::size_t> order(jobs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return jobs[a].capacity < jobs[b].capacity; });
    std::vector<ReplayJob> sorted;
    for (const std::size_t i : order) sorted.push_back(jobs[i]);
    const auto found = SweepReplay<Sweep>(config_of<P>(spec), sorted).run();
    for (std::size_t k = 0; k < order.size(); ++k) outcomes[order[k]] = found[k];
  }
  return outcomes;
}

}  // namespace kvsim
