#pragma once
// The replay loop of the `flat` organisation, for one policy bound at compile time. Included only
// by the one source file a policy that the build makes from policies.list.

#include <memory>

#include "sim/engine/admission_configs.hpp"
#include "sim/engine/policy_registry.hpp"
#include "sim/engine/replay.hpp"
#include "sim/engine/tally.hpp"

namespace kvsim {

namespace engine_detail {

/// One replay through a FlatCache<P, kForm>.
template <EvictionPolicy P, CacheForm kForm>
class FlatReplay {
 public:
  FlatReplay(const typename P::Config& config, const ReplayJob& job)
      : job_(job),
        stream_(*job.stream),
        next_(stream_.next.data()),
        rng_(job.seed),
        cache_(config, context()),
        tally_(job) {}

  ReplayOutcome run() {
    if (stream_.has_events) {
      run_events();
    } else if (job_.reuse == Reuse::kObject) {
      tally_.run(cache_, [this](std::uint64_t r, RequestOutcome& o) { access_objects(r, o); });
    } else {
      tally_.run(cache_, [this](std::uint64_t r, RequestOutcome& o) { access_prefix(r, o); });
    }
    return tally_.outcome(cache_.was_full(), cache_.memory_bytes());
  }

 private:
  PolicyContext context() {
    PolicyContext context;
    context.slots = stream_.distinct;
    context.capacity = job_.capacity;
    if (job_.weigh_bytes) context.weights = stream_.bytes.data();
    if (!job_.ignore_size && !stream_.bytes.empty()) context.sizes = stream_.bytes.data();
    if (!stream_.id.empty()) context.ids = stream_.id.data();
    if (traits_of<P>().needs_future) context.stream = stream_.slot.span();
    context.rng = &rng_;
    return context;
  }

  Access at(std::uint64_t position) const {
    if constexpr (traits_of<P>().needs_future) {
      return {stream_.slot[position], static_cast<Position>(position), next_[position]};
    } else {
      return {stream_.slot[position], static_cast<Position>(position), kNever};
    }
  }

  void access_objects(std::uint64_t r, RequestOutcome& outcome) {
    const std::uint64_t begin = stream_.begin(r);
    const std::uint64_t end = stream_.end(r);
    const std::uint64_t looked_up = begin + stream_.lookups_of(r);
    const bool tokens = stream_.has_tokens();
    for (std::uint64_t i = begin; i < end; ++i) {
      prefetch(i);
      if (!cache_.access(at(i)) || i >= looked_up) continue;
      ++outcome.hit_blocks;
      if (tokens) {
        outcome.hit_tokens +=
            stream_.prefix_tokens(r, i - begin + 1) - stream_.prefix_tokens(r, i - begin);
      }
      if (stream_.has_sizes()) outcome.hit_bytes += stream_.bytes_at(i);
    }
  }

  void access_prefix(std::uint64_t r, RequestOutcome& outcome) {
    const std::uint64_t begin = stream_.begin(r);
    const std::uint64_t end = stream_.end(r);
    const std::uint64_t looked_up = stream_.lookups_of(r);
    std::uint64_t run = 0;
    if (stream_.touch_order == TouchOrder::kHeadFirst) {
      while (run < looked_up && cache_.contains(stream_.slot[begin + run])) ++run;
    } else {
      while (run < looked_up && cache_.contains(stream_.slot[end - 1 - run])) ++run;
    }
    outcome.hit_blocks = static_cast<std::uint32_t>(run);
    if (stream_.has_tokens()) outcome.hit_tokens = stream_.prefix_tokens(r, run);
    if (stream_.has_sizes()) {
      for (std::uint64_t i = 0; i < run; ++i) outcome.hit_bytes += stream_.bytes_at(begin + i);
    }
    for (std::uint64_t i = begin; i < end; ++i) {
      prefetch(i);
      cache_.access(at(i));
    }
  }

  // Look-ups, insertions and releases in their recorded order; blocks are pinned in between. The
  // warm-up is by request, in the order of the trace.
  void run_events() {
    if constexpr (kForm == CacheForm::kGeneral && !traits_of<P>().needs_future) {
      const EventColumns& events = *stream_.trace->events;
      const std::uint64_t warmup = tally_.warmup_by_share();
      tally_.forget(warmup);
      std::vector<RequestOutcome> outcomes(stream_.requests);
      std::vector<std::uint32_t> looked_up(stream_.requests, 0);
      Position position = 0;
      for (std::size_t e = 0; e < events.size(); ++e) {
        const std::uint32_t r = events.request[e];
        RequestOutcome& outcome = outcomes[r];
        const CacheCounts before = cache_.counts();
        const std::uint64_t begin = stream_.begin(r) + events.first[e];
        const std::uint64_t end = begin + events.count[e];
        switch (events.kind[e]) {
          case EventKind::kLookup:
            looked_up[r] += events.count[e];
            for (std::uint64_t i = begin; i < end && cache_.contains(stream_.slot[i]); ++i) {
              cache_.hit({stream_.slot[i], position++, kNever});
              hold(stream_.slot[i], i);
              ++outcome.hit_blocks;
            }
            break;
          case EventKind::kInsert:
            for (std::uint64_t i = begin; i < end; ++i) {
              const Slot s = stream_.slot[i];
              cache_.access({s, position++, kNever});
              if (cache_.contains(s)) hold(s, i);
            }
            break;
          case EventKind::kRelease:
            for (std::uint64_t i = begin; i < end; ++i) release(stream_.slot[i], i);
            break;
        }
        Tally::add_cache_counts(outcome, before, cache_.counts());
        if (r >= warmup) tally_.note_occupancy(cache_.occupied());
      }
      for (std::uint64_t r = 0; r < stream_.requests; ++r) {
        outcomes[r].hit_tokens =
            static_cast<std::uint64_t>(outcomes[r].hit_blocks) * stream_.block_size;
        if (r >= warmup) tally_.add(r, outcomes[r], looked_up[r]);
      }
      if (job_.per_request != nullptr) *job_.per_request = std::move(outcomes);
    }
  }

  // A request holds each of its blocks once, however often events name it.
  void hold(Slot s, std::uint64_t access) {
    if (held_.empty()) held_.resize(stream_.slot.size(), 0);
    if (held_[access] != 0) return;
    held_[access] = 1;
    cache_.pin(s);
  }
  void release(Slot s, std::uint64_t access) {
    if (held_.empty() || held_[access] == 0) return;
    held_[access] = 0;
    cache_.unpin(s);
  }

  void prefetch(std::uint64_t position) const {
    constexpr std::uint64_t kAhead = 16;
    if (position + kAhead < stream_.slot.size()) cache_.prefetch(stream_.slot[position + kAhead]);
  }

  const ReplayJob& job_;
  const AccessStream& stream_;
  const Position* next_;
  Rng rng_;
  FlatCache<P, kForm> cache_;
  std::vector<std::uint8_t> held_;
  Tally tally_;
};

}  // namespace engine_detail

/// The plain form where blocks are equal, never pinned and never declined by a filter, else the
/// general one.
template <EvictionPolicy P>
ReplayOutcome replay_flat(const PolicySpec& spec, const ReplayJob& job) {
  using engine_detail::FlatReplay;
  const auto config =
      parse_config<typename P::Config>(spec.policy.params, policy_place(spec.policy.name));
  if (!spec.admission.empty()) {
    using F = FilteredPolicy<P>;
    return std::make_unique<FlatReplay<F, CacheForm::kGeneral>>(
               typename F::Config{config, parse_admissions(spec)}, job)
        ->run();
  }
  if (job.weigh_bytes || job.stream->has_events) {
    return std::make_unique<FlatReplay<P, CacheForm::kGeneral>>(config, job)->run();
  }
  return std::make_unique<FlatReplay<P, CacheForm::kPlain>>(config, job)->run();
}

}  // namespace kvsim
