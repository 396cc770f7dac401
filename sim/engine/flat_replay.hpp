#pragma once
// The replay loops of the `flat` organisation, for one policy bound at compile time. Included only
// by the one source file a policy that the build makes from policies.list.

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "policies/fast_form.hpp"
#include "sim/engine/admission_configs.hpp"
#include "sim/engine/policy_registry.hpp"
#include "sim/engine/replay.hpp"
#include "sim/engine/tally.hpp"

namespace kvsim {

namespace engine_detail {

/// A FlatCache driven by positions of a stream.
template <EvictionPolicy P, CacheForm kForm>
class PolicyCache {
 public:
  PolicyCache(const typename P::Config& config, const ReplayJob& job)
      : slot_(job.stream->slot.data()),
        next_(job.stream->next.data()),
        rng_(job.seed),
        cache_(config, context(job)) {}

  bool access(Position p) { return cache_.access(at(p)); }
  bool resident(Position p, Position) const { return cache_.contains(slot_[p]); }
  void prefetch(Position p) const { cache_.prefetch(at(p)); }
  const CacheCounts& counts() const { return cache_.counts(); }
  bool was_full() const { return cache_.was_full(); }
  std::uint64_t occupied() const { return cache_.occupied(); }
  std::size_t memory_bytes() const { return cache_.memory_bytes(); }
  FlatCache<P, kForm>& cache() { return cache_; }
  Access at(Position p) const {
    if constexpr (traits_of<P>().needs_future) {
      return {slot_[p], p, next_[p]};
    } else {
      return {slot_[p], p, kNever};
    }
  }

 private:
  PolicyContext context(const ReplayJob& job) {
    const AccessStream& stream = *job.stream;
    PolicyContext context;
    context.slots = stream.distinct;
    context.capacity = job.capacity;
    if (job.weigh_bytes) context.weights = stream.bytes.data();
    if (!job.ignore_size && !stream.bytes.empty()) context.sizes = stream.bytes.data();
    if (!stream.id.empty()) context.ids = stream.id.data();
    if (traits_of<P>().needs_future) context.stream = stream.slot.span();
    context.rng = &rng_;
    return context;
  }

  const Slot* slot_;
  const Position* next_;
  Rng rng_;
  FlatCache<P, kForm> cache_;
};

/// The columns of a stream that forms read.
inline StreamColumns columns_of(const AccessStream& stream) {
  return {stream.distinct, stream.slot.span(), stream.previous.data(), stream.next.data()};
}

/// Whether a request's run from the head holds a block already, and so finds it resident again: a
/// form that reads previous positions need not follow them through a request that repeats a block.
template <class F>
class FoundBefore {
 public:
  explicit FoundBefore(const ReplayJob& job)
      : previous_(F::kPrevious == NeedsPrevious::kNo ||
                          job.stream->touch_order != TouchOrder::kHeadFirst
                      ? nullptr
                      : job.stream->previous.data()) {}
  bool operator()(Position p, Position first) const {
    return previous_ != nullptr && previous_[p] > first;
  }

 private:
  const Position* previous_;
};

/// A faster form with the accounting that follows from it.
template <FastForm F>
class FastCache {
 public:
  static constexpr bool kInsertsEveryMiss = true;

  FastCache(const typename F::Policy::Config& config, const ReplayJob& job)
      : form_(config, job.capacity, columns_of(*job.stream)),
        memory_bytes_(F::memory_bytes(job.capacity, columns_of(*job.stream))),
        found_before_(job) {}

  bool access(Position p) {
    const bool hit = form_.access(p);
    misses_ += !hit;
    return hit;
  }
  bool resident(Position p, Position first) const {
    return found_before_(p, first) || form_.resident(p, first);
  }
  void prefetch(Position p) const { form_.prefetch(p); }
  CacheCounts counts() const { return {misses_, misses_ - form_.occupied(), 0}; }
  bool was_full() const { return misses_ > form_.occupied(); }
  std::uint64_t occupied() const { return form_.occupied(); }
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  F form_;
  std::size_t memory_bytes_;
  FoundBefore<F> found_before_;
  std::uint64_t misses_ = 0;
};

/// Requests in order through a cache that knows the stream's positions.
template <class Cache>
class RequestReplay : public Replay {
 public:
  template <class Config>
  RequestReplay(const Config& config, const ReplayJob& job)
      : job_(job), stream_(*job.stream), cache_(config, job), tally_(job_) {}

  void advance(std::uint64_t end) override {
    if (tally_.counts_only_hits()) {
      tally_.advance_objects(cache_, end);
    } else if (job_.reuse == Reuse::kObject) {
      tally_.advance(cache_, end,
                     [this](std::uint64_t r, RequestOutcome& o) { access_objects(r, o); });
    } else {
      tally_.advance(cache_, end,
                     [this](std::uint64_t r, RequestOutcome& o) { access_prefix(r, o); });
    }
  }
  ReplayOutcome finish() override {
    return tally_.outcome(cache_.was_full(), cache_.memory_bytes());
  }

 private:
  void access_objects(std::uint64_t r, RequestOutcome& outcome) {
    const std::uint64_t begin = stream_.begin(r);
    const std::uint64_t end = stream_.end(r);
    const std::uint64_t looked_up = begin + stream_.lookups_of(r);
    const bool tokens = stream_.has_tokens();
    for (std::uint64_t i = begin; i < end; ++i) {
      if (!access(static_cast<Position>(i)) || i >= looked_up) continue;
      ++outcome.hit_blocks;
      if (tokens) outcome.hit_tokens += stream_.block_tokens(r, i - begin);
      if (stream_.has_sizes()) outcome.hit_bytes += stream_.bytes_at(i);
    }
  }

  void access_prefix(std::uint64_t r, RequestOutcome& outcome) {
    const auto begin = static_cast<Position>(stream_.begin(r));
    const auto end = static_cast<Position>(stream_.end(r));
    const std::uint32_t looked_up = stream_.lookups_of(r);
    std::uint32_t run = 0;
    if (stream_.touch_order == TouchOrder::kHeadFirst) {
      while (run < looked_up && cache_.resident(begin + run, begin)) ++run;
    } else {
      while (run < looked_up && cache_.resident(end - 1 - run, begin)) ++run;
    }
    tally_.set_prefix_hits(r, run, outcome);
    for (Position i = begin; i < end; ++i) access(i);
  }

  bool access(Position p) {
    if (p + kPrefetchAhead < stream_.slot.size()) cache_.prefetch(p + kPrefetchAhead);
    return cache_.access(p);
  }

  const ReplayJob job_;
  const AccessStream& stream_;
  Cache cache_;
  Tally tally_;
};

/// A cache whose entries are keys, telling KeyedState what enters and leaves.
template <EvictionPolicy P>
class KeyedCache {
 public:
  KeyedCache(FlatCache<P, CacheForm::kGeneral>& cache, const ReplayJob& job)
      : cache_(cache), state_(job) {
    // A policy that inserts first may give up the new block itself, which then never entered.
    cache_.observe_evictions([this](Slot s) {
      if (s != entering_) state_.evicted(s);
    });
  }
  KeyedCache(const KeyedCache&) = delete;
  KeyedCache& operator=(const KeyedCache&) = delete;

  KeyedState& state() { return state_; }

  /// Looks up block number `block` of a request, the stream's access `p`.
  bool look_up(Position p, Slot key, KeyedState::Block block, KeyedState::Block& affected,
               bool is_counted = true) {
    const bool hit = cache_.contains(key);
    state_.look_up(p, block, hit, entries(), affected, is_counted);
    return hit;
  }
  /// Touches or inserts it.
  void touch(const Access& a, Position p, KeyedState::Block block, KeyedState::Block affected) {
    if (cache_.contains(a.slot)) {
      cache_.hit(a);
      return;
    }
    entering_ = a.slot;
    const bool entered = cache_.miss(a);
    entering_ = kNoSlot;
    if (entered) state_.inserted(p, block, entries() - 1, affected);
  }

 private:
  std::uint64_t entries() const {
    const CacheCounts& counts = cache_.counts();
    return counts.insertions - counts.evictions;
  }

  FlatCache<P, CacheForm::kGeneral>& cache_;
  KeyedState state_;
  Slot entering_ = kNoSlot;
};

/// Look-ups, insertions and releases in their recorded order; blocks are pinned in between. The
/// warm-up is by request, in the order of the trace.
template <EvictionPolicy P>
class EventReplay : public Replay {
 public:
  EventReplay(const typename P::Config& config, const ReplayJob& job)
      : job_(job),
        stream_(*job.stream),
        policy_cache_(config, job),
        cache_(policy_cache_.cache()),
        held_(stream_.slot.size(), 0),
        tally_(job_) {
    if (job.keyed) {
      keyed_.emplace(cache_, job_);
    } else if (job.evicted != nullptr) {
      cache_.observe_evictions([evicted = job.evicted](Slot s) { evicted->push_back(s); });
    }
  }

  /// Events of several requests lie within each other: all are replayed at the end.
  void advance(std::uint64_t) override {}

  ReplayOutcome finish() override {
    const EventColumns& events = *stream_.trace->events;
    const std::uint64_t warmup = tally_.warmup_by_share();
    tally_.forget(warmup);
    std::vector<RequestOutcome> outcomes(stream_.requests);
    std::vector<std::uint32_t> looked_up(stream_.requests, 0);
    std::vector<KeyedState::Block> affected(keyed_ ? stream_.requests : 0,
                                            KeyedState::kNotAffected);
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
          for (std::uint64_t i = begin; i < end; ++i) {
            const bool hit = keyed_ ? keyed_->look_up(static_cast<Position>(i), stream_.slot[i],
                                                      block_of(r, i), affected[r], r >= warmup)
                                    : cache_.contains(stream_.slot[i]);
            if (!hit) break;
            cache_.hit({stream_.slot[i], position++, kNever});
            hold(i);
            ++outcome.hit_blocks;
          }
          break;
        case EventKind::kInsert:
          for (std::uint64_t i = begin; i < end; ++i) {
            const Access a{stream_.slot[i], position++, kNever};
            if (keyed_) {
              if (r >= warmup) keyed_->state().find(static_cast<Position>(i));
              keyed_->touch(a, static_cast<Position>(i), block_of(r, i), affected[r]);
            } else {
              cache_.access(a);
            }
            if (cache_.contains(stream_.slot[i])) hold(i);
          }
          break;
        case EventKind::kRelease:
          for (std::uint64_t i = begin; i < end; ++i) release(i);
          break;
      }
      Tally::add_cache_counts(outcome, before, cache_.counts());
      if (r >= warmup) tally_.note_occupancy(cache_.occupied());
    }
    for (std::uint64_t r = 0; r < stream_.requests; ++r) {
      // Tokens count once a request and for its input only, whatever was looked up again.
      outcomes[r].hit_tokens =
          std::min<std::uint64_t>(std::uint64_t{outcomes[r].hit_blocks} * stream_.block_size,
                                  stream_.trace->requests.input_tokens[r]);
      if (r >= warmup) tally_.add(r, outcomes[r], looked_up[r]);
      if (r >= warmup && keyed_) keyed_->state().end_request(r, affected[r]);
    }
    if (job_.per_request != nullptr) *job_.per_request = std::move(outcomes);
    ReplayOutcome outcome = tally_.outcome(cache_.was_full(), cache_.memory_bytes());
    if (keyed_) outcome.keyed = keyed_->state().outcome();
    return outcome;
  }

 private:
  KeyedState::Block block_of(std::uint64_t r, std::uint64_t access) const {
    return static_cast<KeyedState::Block>(access - stream_.begin(r));
  }
  // A request holds each of its blocks once, however often events name it.
  void hold(std::uint64_t access) {
    if (std::exchange(held_[access], 1) == 0) cache_.pin(stream_.slot[access]);
  }
  void release(std::uint64_t access) {
    if (std::exchange(held_[access], 0) != 0) cache_.unpin(stream_.slot[access]);
  }

  const ReplayJob job_;
  const AccessStream& stream_;
  PolicyCache<P, CacheForm::kGeneral> policy_cache_;
  FlatCache<P, CacheForm::kGeneral>& cache_;
  std::vector<std::uint8_t> held_;  // one an access
  Tally tally_;
  std::optional<KeyedCache<P>> keyed_;
};

/// Requests in order through a cache that knows keys only, and a table that holds them. Each
/// block of a request is looked up once: up to the first miss by the prefix look-up, the others
/// when they are touched.
template <EvictionPolicy P>
class KeyedReplay : public Replay {
 public:
  KeyedReplay(const typename P::Config& config, const ReplayJob& job)
      : job_(job),
        stream_(*job.stream),
        policy_cache_(config, job),
        cache_(policy_cache_.cache()),
        keyed_(cache_, job_),
        tally_(job_) {}

  void advance(std::uint64_t end) override {
    tally_.advance(cache_, end, [this](std::uint64_t r, RequestOutcome& outcome) {
      if (!tally_.is_warming() && !std::exchange(is_counting_, true)) keyed_.state().forget();
      KeyedState::Block affected = KeyedState::kNotAffected;
      if (job_.reuse == Reuse::kObject) {
        access_objects(r, outcome, affected);
      } else {
        access_prefix(r, outcome, affected);
      }
      keyed_.state().end_request(r, affected);
    });
  }

  ReplayOutcome finish() override {
    if (!is_counting_) keyed_.state().forget();
    ReplayOutcome outcome = tally_.outcome(cache_.was_full(), cache_.memory_bytes());
    outcome.keyed = keyed_.state().outcome();
    return outcome;
  }

 private:
  using Block = KeyedState::Block;

  void access_objects(std::uint64_t r, RequestOutcome& outcome, Block& affected) {
    const auto begin = static_cast<Position>(stream_.begin(r));
    const auto end = static_cast<Position>(stream_.end(r));
    const std::uint32_t looked_up = stream_.lookups_of(r);
    for (Position p = begin; p < end; ++p) {
      const Block block = p - begin;
      if (block < looked_up) {
        if (keyed_.look_up(p, stream_.slot[p], block, affected)) {
          ++outcome.hit_blocks;
          if (stream_.has_tokens()) outcome.hit_tokens += stream_.block_tokens(r, block);
          if (stream_.has_sizes()) outcome.hit_bytes += stream_.bytes_at(p);
        }
      } else {
        keyed_.state().find(p);
      }
      touch(p, block, affected);
    }
  }

  void access_prefix(std::uint64_t r, RequestOutcome& outcome, Block& affected) {
    const auto begin = static_cast<Position>(stream_.begin(r));
    const auto end = static_cast<Position>(stream_.end(r));
    const bool is_head_first = stream_.touch_order == TouchOrder::kHeadFirst;
    const auto at = [&](Block block) { return is_head_first ? begin + block : end - 1 - block; };
    const std::uint32_t most = stream_.lookups_of(r);
    Block run = 0;
    bool missed = false;
    for (; run < most && !missed; ++run) {
      missed = !keyed_.look_up(at(run), stream_.slot[at(run)], run, affected);
    }
    const Block found = run;  // looked up already
    if (missed) --run;
    tally_.set_prefix_hits(r, run, outcome);
    for (Position p = begin; p < end; ++p) {
      const Block block = is_head_first ? p - begin : end - 1 - p;
      if (block >= found) keyed_.state().find(p);
      touch(p, block, affected);
    }
  }

  void touch(Position p, Block block, Block affected) {
    if (p + kPrefetchAhead < stream_.slot.size()) policy_cache_.prefetch(p + kPrefetchAhead);
    keyed_.touch(policy_cache_.at(p), p, block, affected);
  }

  const ReplayJob job_;
  const AccessStream& stream_;
  PolicyCache<P, CacheForm::kGeneral> policy_cache_;
  FlatCache<P, CacheForm::kGeneral>& cache_;
  KeyedCache<P> keyed_;
  Tally tally_;
  bool is_counting_ = false;
};

/// A FlatCache whose accesses come one by one.
template <EvictionPolicy P>
class LiveFlatCache : public LiveCache {
 public:
  LiveFlatCache(const typename P::Config& config, const LiveJob& job)
      : rng_(job.seed), cache_(config, context(job)) {}

  bool contains(Slot slot) const override { return cache_.contains(slot); }
  void hit(Slot slot) override { cache_.hit({slot, position_++, kNever}); }
  bool access(Slot slot) override { return cache_.access({slot, position_++, kNever}); }
  void pin(Slot slot) override { cache_.pin(slot); }
  void unpin(Slot slot) override { cache_.unpin(slot); }
  void observe_evictions(std::function<void(Slot)> observer) override {
    cache_.observe_evictions(std::move(observer));
  }
  const CacheCounts& counts() const override { return cache_.counts(); }
  std::uint64_t occupied() const override { return cache_.occupied(); }
  std::uint64_t capacity() const override { return cache_.capacity(); }
  std::size_t memory_bytes() const override { return cache_.memory_bytes(); }

 private:
  PolicyContext context(const LiveJob& job) {
    PolicyContext context;
    context.slots = job.slots;
    context.capacity = job.capacity;
    context.rng = &rng_;
    return context;
  }

  Rng rng_;
  FlatCache<P, CacheForm::kGeneral> cache_;
  Position position_ = 0;
};

template <EvictionPolicy P>
std::unique_ptr<Replay> begin_general(const typename P::Config& config, const ReplayJob& job) {
  if constexpr (!traits_of<P>().needs_future) {
    if (job.stream->has_events) return std::make_unique<EventReplay<P>>(config, job);
  }
  if (job.keyed) return std::make_unique<KeyedReplay<P>>(config, job);
  return std::make_unique<RequestReplay<PolicyCache<P, CacheForm::kGeneral>>>(config, job);
}

/// Whether `F`, a faster form of a policy or a sweep form, can take the place of the policy: blocks
/// are equal, never pinned and never declined by a filter, and the columns that it reads are there.
template <class F>
bool can_serve(const typename F::Policy::Config& config, const PolicySpec& spec,
               const ReplayJob& job) {
  const AccessStream& stream = *job.stream;
  if (!spec.admission.empty() || job.weigh_bytes || stream.has_events || job.keyed ||
      job.plain_form) {
    return false;
  }
  return (!wants_previous(F::kPrevious, job.reuse) ||
          stream.previous.size() == stream.slot.size()) &&
         F::serves(config, stream.slot.size(), stream.distinct);
}

template <EvictionPolicy P>
typename P::Config config_of(const PolicySpec& spec) {
  return parse_config<typename P::Config>(spec.policy.params, policy_place(spec.policy.name));
}

}  // namespace engine_detail

/// The faster form or else the plain one where blocks are equal, never pinned and never declined by
/// a filter; otherwise the general one.
template <EvictionPolicy P>
std::unique_ptr<Replay> begin_flat(const PolicySpec& spec, const ReplayJob& job) {
  using namespace engine_detail;  // NOLINT(google-build-using-namespace): its own parts
  const auto config = config_of<P>(spec);
  if (!spec.admission.empty()) {
    return begin_general<FilteredPolicy<P>>({config, parse_admissions(spec)}, job);
  }
  if (job.weigh_bytes || job.stream->has_events || job.keyed) {
    return begin_general<P>(config, job);
  }
  using Fast = typename FastFormOf<P>::Type;
  if constexpr (!std::is_void_v<Fast>) {
    if (can_serve<Fast>(config, spec, job)) {
      return std::make_unique<RequestReplay<FastCache<Fast>>>(config, job);
    }
  }
  return std::make_unique<RequestReplay<PolicyCache<P, CacheForm::kPlain>>>(config, job);
}

template <EvictionPolicy P>
std::unique_ptr<LiveCache> live_flat(const PolicySpec& spec, const LiveJob& job) {
  using namespace engine_detail;  // NOLINT(google-build-using-namespace): its own parts
  if constexpr (traits_of<P>().needs_future) {
    return nullptr;
  } else {
    const auto config = config_of<P>(spec);
    if (spec.admission.empty()) return std::make_unique<LiveFlatCache<P>>(config, job);
    return std::make_unique<LiveFlatCache<FilteredPolicy<P>>>(
        typename FilteredPolicy<P>::Config{config, parse_admissions(spec)}, job);
  }
}

template <EvictionPolicy P>
NeedsPrevious needs_previous() {
  using Fast = typename FastFormOf<P>::Type;
  if constexpr (std::is_void_v<Fast>) {
    return NeedsPrevious::kNo;
  } else {
    return Fast::kPrevious;
  }
}

}  // namespace kvsim
