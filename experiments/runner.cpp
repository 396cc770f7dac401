#include "experiments/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <set>
#include <thread>

#include "experiments/curves.hpp"
#include "experiments/partial.hpp"
#include "experiments/passes.hpp"
#include "experiments/work_queue.hpp"
#include "sim/core/error.hpp"
#include "sim/core/output_file.hpp"
#include "sim/core/placed.hpp"
#include "sim/metrics/measure.hpp"
#include "sim/metrics/per_request.hpp"

namespace kvsim {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::uint64_t accesses_of_run(const Plan& plan, const PlannedRun& run) {
  return plan.streams[run.stream]->stream.slot.size();
}

// One run's CSV rows wait here until those of all earlier runs are written.
class PerRequestWriter {
 public:
  explicit PerRequestWriter(const std::filesystem::path& path) : file_(path) {
    file_.write(kPerRequestHeader);
  }
  void add(std::size_t run, std::string rows) {
    waiting_[run] = std::move(rows);
    for (auto it = waiting_.begin(); it != waiting_.end() && it->first == next_; ++next_) {
      file_.write(it->second);
      it = waiting_.erase(it);
    }
  }
  void commit() { file_.commit(); }

 private:
  OutputFile file_;
  std::map<std::size_t, std::string> waiting_;
  std::size_t next_ = 0;
};

CountTest test_of(std::uint64_t observed, double expected, double p_value) {
  return {observed, expected, p_value, p_value < kBeyondChance};
}

std::optional<ProbeLengthResult> probe_lengths(const std::optional<ProbeLengths>& lengths) {
  if (!lengths || lengths->lookups == 0) return std::nullopt;
  ProbeLengthResult result{lengths->lookups, lengths->mean, lengths->expected,
                           lengths->p99,     lengths->max,  {}};
  for (std::size_t length = 0; length < lengths->histogram.size(); ++length) {
    if (lengths->histogram[length] != 0) {
      result.histogram.emplace_back(length, lengths->histogram[length]);
    }
  }
  return result;
}

// What the keys and the table of a run did; the run's counts are there already.
void add_keys(RunResult& result, const Plan& plan, const PlannedRun& run,
              const ReplayOutcome& outcome) {
  if (!run.keys) return;
  const BlockKeys& keys = plan.keys[*run.keys]->keys;
  result.hash = HashResult{label_of(keys.spec.hash), keys.spec.bits, keys.spec.seed,
                           label_of(keys.spec.chain)};
  result.table.name = label_of(run.table);
  const KeyedOutcome& keyed = *outcome.keyed;
  CollisionResult& collisions = result.collisions.emplace();
  collisions.keys = test_of(keys.collisions(), keys.expected_collisions(), keys.p_value());
  collisions.false_hits = keyed.counts.false_hits;
  collisions.false_hits_expected = keyed.counts.expected_false_hits;
  if (result.counts.accesses != 0) {
    collisions.false_hit_ratio =
        static_cast<double>(keyed.counts.false_hits) / static_cast<double>(result.counts.accesses);
  }
  collisions.affected_requests = keyed.counts.affected_requests;
  if (result.counts.tokens) collisions.affected_tokens = keyed.counts.affected_tokens;
  if (keyed.buckets) {
    collisions.buckets =
        test_of(keyed.buckets->observed, keyed.buckets->expected, keyed.buckets->p_value);
  }
  if (!keyed.table) return;
  result.table.load = run.load;
  result.table.buckets = keyed.table->buckets;
  result.table.memory_bytes = keyed.table->memory_bytes;
  collisions.found = probe_lengths(keyed.table->hit);
  collisions.not_found = probe_lengths(keyed.table->miss);
  if (collisions.found || collisions.not_found) collisions.expectation = keyed.table->expected_by;
}

RunResult measure(const Plan& plan, const PlannedRun& run, const ReplayOutcome& outcome,
                  double seconds, std::size_t shared_runs) {
  const AccessStream& stream = plan.streams[run.stream]->stream;
  const LoadOfRequests load(stream, run.block_bytes, run.ignore_size);
  RunResult result;
  result.trace = stream.trace->name;
  result.policy = label_of(run.policy);
  result.policy_config = resolved_params(run.policy);
  result.reuse = std::string(name_of(run.reuse));
  result.organisation = run.organisation;
  if (stream.block_size != 0) result.block_size = stream.block_size;
  result.capacity = run.capacity.result;
  if (!run.warmup.until_full) result.warmup.share = run.warmup.share;
  result.warmup.requests = outcome.warmup_requests;
  result.seed = run.seed;
  result.repeat = run.repeat;
  result.touch_order = std::string(name_of(stream.touch_order));
  result.lookup = std::string(name_of(stream.lookup));
  result.counts = counts_of(outcome.counts, load);
  add_keys(result, plan, run, outcome);
  if (run.warmup.until_full && !outcome.filled) {
    result.note = "the cache never filled, so that every request belongs to the warm-up: no ratios";
  } else {
    result.ratios = ratios_of(result.counts, outcome.counts.request_hits);
  }
  const double unit_bytes = run.capacity.weigh_bytes ? 1.0
                            : stream.has_sizes()     ? 0.0
                                                     : static_cast<double>(run.block_bytes);
  if (unit_bytes != 0) {
    result.memory.kv_bytes_peak = static_cast<double>(outcome.occupied_peak) * unit_bytes;
    result.memory.kv_bytes_mean = outcome.occupied_mean * unit_bytes;
  }
  result.memory.metadata_bytes = outcome.metadata_bytes;
  if (stream.distinct != 0) {
    result.memory.metadata_bytes_per_block =
        static_cast<double>(outcome.metadata_bytes) / static_cast<double>(stream.distinct);
  }
  result.replay.seconds = seconds;
  result.replay.shared_runs = shared_runs;
  if (seconds > 0) {
    result.replay.accesses_per_second =
        static_cast<double>(accesses_of_run(plan, run) * shared_runs) / seconds;
  }
  result.replay.peak_rss_bytes = peak_rss_bytes();
  return result;
}

unsigned jobs_of(const RunnerOptions& options) {
  if (options.jobs != 0) return options.jobs;
  if (options.coordinator != nullptr) return options.coordinator->cores();
  if (options.worker != nullptr) return options.worker->cores();
  return std::max(1u, std::thread::hardware_concurrency());
}

// The runs of a plan over a number of threads, and over ranks where there are any.
class ParallelRuns {
 public:
  ParallelRuns(const Plan& plan, const RunnerOptions& options, const ExperimentConfig& config,
               PartialResults* partial)
      : plan_(plan),
        options_(options),
        by_(config.by),
        partial_(partial),
        own_rank_(options.worker != nullptr ? options.worker->rank() : 0),
        results_(plan.runs.size()) {
    if (by_) placed(config.by_place, [&] { group_requests_of_traces(); });
    if (options.worker != nullptr) return;
    if (!options.per_request.empty())
      writer_ = std::make_unique<PerRequestWriter>(options.per_request);
    if (partial != nullptr) {
      for (const auto& [index, run] : partial->finished()) {
        if (index < plan.runs.size()) results_[index] = run;
      }
    }
    std::size_t left = 0;
    for (WorkItem& item : items()) {
      progress_.total += item.runs.size();
      // A pass that is done in part is done again: which runs share one is the plan's to say.
      if (std::all_of(item.runs.begin(), item.runs.end(),
                      [&](std::size_t index) { return results_[index].has_value(); })) {
        continue;
      }
      left += item.runs.size();
      progress_.accesses_left += accesses_of(item);
      check_memory(item);
      queue_.add(std::move(item));
    }
    progress_.resumed = progress_.done = progress_.total - left;
  }

  std::vector<RunResult> finish() {
    started_ = Clock::now();
    std::size_t jobs = jobs_of(options_);
    if (options_.worker == nullptr) jobs = std::min(jobs, queue_.size());
    {
      // Before this rank's threads have taken all that is short.
      if (options_.coordinator != nullptr) exchange();
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < jobs; ++i) threads.emplace_back([this] { work(); });
      try {
        watch();
      } catch (...) {
        const std::lock_guard lock(mutex_);
        fail(0, std::current_exception());
      }
      room_.notify_all();
    }
    if (failure_) std::rethrow_exception(failure_);
    if (writer_ != nullptr) writer_->commit();
    std::vector<RunResult> finished;
    for (std::optional<RunResult>& result : results_) {
      if (result) finished.push_back(std::move(*result));
    }
    return finished;
  }

 private:
  void group_requests_of_traces() {
    for (const auto& planned : plan_.streams) {
      const Trace* trace = planned->stream.trace;
      if (!groupings_.contains(trace)) groupings_.emplace(trace, group_requests(*trace, *by_));
    }
  }

  bool needs_outcomes() const { return by_ || !options_.per_request.empty(); }
  bool needs_outcomes(const PlannedRun& run) const {
    return needs_outcomes() || run.costs.has_value();
  }

  // Longest first, so that none is left running alone at the end; in plan order where rows must be
  // written in it. Of a part every so-manieth, so that all parts have long ones and short ones.
  // Where requests are told apart, each run alone: sweep forms do not tell them apart, and what
  // they did takes more memory than the caches.
  std::vector<WorkItem> items() const {
    std::vector<WorkItem> all;
    if (needs_outcomes()) {
      for (std::size_t i = 0; i < plan_.runs.size(); ++i) all.push_back({{i}, {}});
    } else {
      for (std::vector<std::size_t>& pass : passes_of(plan_)) add_within_memory(all, pass);
    }
    if (options_.per_request.empty()) {
      std::stable_sort(all.begin(), all.end(), [&](const WorkItem& a, const WorkItem& b) {
        return expected_work(a) > expected_work(b);
      });
    }
    if (!options_.part) return all;
    std::vector<WorkItem> own;
    for (std::size_t i = options_.part->number - 1; i < all.size(); i += options_.part->of) {
      own.push_back(std::move(all[i]));
    }
    return own;
  }

  // A pass, or as many as it takes to stay within the memory allowed.
  void add_within_memory(std::vector<WorkItem>& items, const std::vector<std::size_t>& pass) const {
    std::size_t most = pass.size();
    if (options_.max_memory) {
      const std::uint64_t each = std::max<std::uint64_t>(1, memory_of({{pass.front()}, {}}));
      most = std::clamp<std::size_t>(*options_.max_memory / each, 1, most);
    }
    for (std::size_t first = 0; first < pass.size(); first += most) {
      const auto begin = pass.begin() + static_cast<std::ptrdiff_t>(first);
      const std::size_t count = std::min(most, pass.size() - first);
      items.push_back({{begin, begin + static_cast<std::ptrdiff_t>(count)}, {}});
    }
  }

  std::uint64_t memory_of(const WorkItem& item) const {
    const PlannedRun& first = plan_.runs[item.runs.front()];
    const AccessStream& stream = plan_.streams[first.stream]->stream;
    return item.runs.size() *
           (run_memory_bytes(stream, needs_outcomes(first)) + key_memory_bytes(stream, first));
  }

  void check_memory(const WorkItem& item) const {
    if (!options_.max_memory || memory_of(item) <= *options_.max_memory) return;
    throw InputError(fmt::format("{} may need {} bytes, more than the {} allowed in all",
                                 describe(plan_, plan_.runs[item.runs.front()]), memory_of(item),
                                 *options_.max_memory));
  }

  double accesses_of(const WorkItem& item) const {
    double sum = 0;
    for (const std::size_t i : item.runs) {
      sum += static_cast<double>(accesses_of_run(plan_, plan_.runs[i]));
    }
    return sum;
  }

  double expected_work(const WorkItem& item) const {
    constexpr double kKeys = 4;  // a table and its twin, in units of a list
    const PlannedRun& first = plan_.runs[item.runs.front()];
    return accesses_of(item) * (relative_cost(first.policy) + (first.keys ? kKeys : 0));
  }

  // Tells of progress, and speaks with the other ranks, until all is done or has failed.
  void watch() {
    constexpr auto kTick = std::chrono::milliseconds(100);
    const bool has_ranks = options_.coordinator != nullptr || options_.worker != nullptr;
    std::unique_lock lock(mutex_);
    while (true) {
      const std::size_t done = progress_.done;
      const bool ends = is_over();
      if (options_.on_progress) {
        Progress now = progress_;
        now.seconds = seconds_since(started_);
        lock.unlock();
        options_.on_progress(now);
        lock.lock();
      }
      if (ends) return;
      const auto has_news = [&] { return progress_.done != done || is_over(); };
      if (!has_ranks) {
        changed_.wait_for(lock, kTick, has_news);
        continue;
      }
      for (const auto start = Clock::now(); !has_news() && Clock::now() - start < kTick;) {
        changed_.wait_for(lock, kExchangePause);
        lock.unlock();
        exchange();
        lock.lock();
      }
    }
  }

  // With the other ranks, without waiting for any.
  void exchange() {
    if (options_.worker != nullptr) {
      std::vector<Outcome> outcomes;
      {
        const std::lock_guard lock(mutex_);
        outcomes.swap(outbox_);
      }
      for (const Outcome& outcome : outcomes) options_.worker->send(outcome);
      std::vector<WorkItem> items = options_.worker->receive();
      const std::lock_guard lock(mutex_);
      for (WorkItem& item : items) queue_.add(std::move(item));
      is_sent_home_ = options_.worker->is_over();
    } else {
      std::vector<std::pair<int, Outcome>> arrived = options_.coordinator->receive();
      std::vector<std::string> notes;
      {
        const std::lock_guard lock(mutex_);
        for (auto& [rank, outcome] : arrived) settle(rank, std::move(outcome), nullptr);
        if (!is_over()) options_.coordinator->hand_out(queue_);
        notes.swap(notes_);
      }
      if (options_.on_note) std::for_each(notes.begin(), notes.end(), options_.on_note);
    }
    room_.notify_all();
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      room_.wait(lock, [&] { return is_over() || has_room(); });
      if (is_over()) return;
      Outcome outcome;
      outcome.item = *queue_.take(own_rank_);
      const std::uint64_t memory = memory_of(outcome.item);
      memory_in_use_ += memory;
      lock.unlock();
      const std::exception_ptr error = attempt(outcome);
      lock.lock();
      memory_in_use_ -= memory;
      if (options_.worker != nullptr) {
        outbox_.push_back(std::move(outcome));
      } else {
        settle(own_rank_, std::move(outcome), error);
      }
      room_.notify_all();
      changed_.notify_all();
    }
  }

  // Replays the item's runs, or returns why it could not, with the failure's text in the outcome.
  std::exception_ptr attempt(Outcome& outcome) const {
    const auto describe_item = [&] {
      return describe(plan_, plan_.runs[outcome.item.runs.front()]);
    };
    try {
      check_memory(outcome.item);
      outcome.runs = replay_item(outcome.item);
      return nullptr;
    } catch (const std::bad_alloc&) {
      outcome.failure = fmt::format("{}: out of memory", describe_item());
      return std::current_exception();
    } catch (const InputError& error) {
      outcome.failure = error.what();
      return std::current_exception();
    } catch (const std::exception& error) {
      outcome.failure = fmt::format("{}: {}", describe_item(), error.what());
      return std::current_exception();
    }
  }

  std::vector<FinishedRun> replay_item(const WorkItem& item) const {
    const PlannedRun& first = plan_.runs[item.runs.front()];
    const AccessStream& stream = plan_.streams[first.stream]->stream;
    std::vector<std::vector<RequestOutcome>> requests(item.runs.size());
    std::vector<ReplayJob> jobs;
    for (const std::size_t index : item.runs) {
      jobs.push_back(job_of(plan_, plan_.runs[index]));
      if (needs_outcomes(first)) jobs.back().per_request = &requests[jobs.size() - 1];
    }
    const Clock::time_point start = Clock::now();
    std::vector<ReplayOutcome> outcomes;
    try {
      outcomes = replay_pass(jobs, first.policy, first.organisation);
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}", describe(plan_, first), error.what()));
    }
    const double seconds = seconds_since(start);
    std::vector<FinishedRun> finished(item.runs.size());
    for (std::size_t i = 0; i < item.runs.size(); ++i) {
      const PlannedRun& run = plan_.runs[item.runs[i]];
      const std::uint64_t warmup = outcomes[i].warmup_requests;
      finished[i].index = item.runs[i];
      finished[i].result = measure(plan_, run, outcomes[i], seconds, item.runs.size());
      const LoadOfRequests load(stream, run.block_bytes, run.ignore_size);
      if (run.costs && (outcomes[i].filled || !run.warmup.until_full)) {
        const RequestCosts& costs = plan_.costs[*run.costs]->costs;
        if (const auto speedup = modelled_speedup(costs, stream, requests[i], warmup)) {
          finished[i].result.speedup.push_back(*speedup);
        }
      }
      if (by_) {
        finished[i].result.groups =
            measure_groups(groupings_.at(stream.trace), load, requests[i], warmup);
      }
      if (!options_.per_request.empty()) {
        finished[i].per_request = per_request_rows(item.runs[i], load, requests[i], warmup);
      }
    }
    return finished;
  }

  // The functions below are called with mutex_ locked.

  bool is_over() const {
    if (failure_ != nullptr) return true;
    return options_.worker != nullptr ? is_sent_home_ : progress_.done == progress_.total;
  }

  bool has_room() const {
    const WorkItem* next = queue_.peek(own_rank_);
    return next != nullptr && (memory_in_use_ == 0 || !options_.max_memory ||
                               memory_in_use_ + memory_of(*next) <= *options_.max_memory);
  }

  // Keeps what a rank has finished, or sees to what has failed there.
  void settle(int rank, Outcome outcome, const std::exception_ptr& error) {
    const std::size_t first = outcome.item.runs.front();
    if (!outcome.failure.empty()) {
      const Coordinator* coordinator = options_.coordinator;
      if (coordinator == nullptr) return fail(first, error);
      std::vector<FailedAttempt>& failures = outcome.item.failures;
      failures.push_back({rank, std::move(outcome.failure)});
      const std::string where = coordinator->name_of(rank);
      if (queue_.retry(outcome.item, coordinator->ranks())) {
        note(fmt::format("{}: {}; another rank tries again", where, failures.back().why));
        return;
      }
      return fail(first, std::make_exception_ptr(InputError(fmt::format(
                             "{}: {} (and before, {}: {})", where, failures.back().why,
                             coordinator->name_of(failures.front().rank), failures.front().why))));
    }
    try {
      for (FinishedRun& run : outcome.runs) keep(std::move(run));
    } catch (...) {
      fail(first, std::current_exception());
    }
    const double accesses = accesses_of(outcome.item);
    progress_.done += outcome.item.runs.size();
    progress_.accesses_done += accesses;
    progress_.accesses_left -= accesses;
  }

  void keep(FinishedRun run) {
    if (results_[run.index]) return;  // of a pass that was done in part before
    if (writer_ != nullptr) writer_->add(run.index, std::move(run.per_request));
    if (partial_ != nullptr) partial_->add(run.index, run.result);
    results_[run.index] = std::move(run.result);
  }

  // The failure of the run that comes first in the plan is the one that is told.
  void fail(std::size_t index, std::exception_ptr error) {
    if (failure_ != nullptr && index >= failed_) return;
    failure_ = std::move(error);
    failed_ = index;
  }

  // A node on which nothing works should not fill the screen.
  void note(std::string text) {
    constexpr std::size_t kMostNotes = 10;
    if (++notes_made_ > kMostNotes) return;
    if (notes_made_ == kMostNotes) text += "; no more of these are shown";
    notes_.push_back(std::move(text));
  }

  const Plan& plan_;
  const RunnerOptions& options_;
  std::optional<GroupBy> by_;
  PartialResults* partial_;
  int own_rank_;
  std::unique_ptr<PerRequestWriter> writer_;
  std::map<const Trace*, Grouping> groupings_;
  Clock::time_point started_;

  std::mutex mutex_;  // of all below, and of the files
  std::condition_variable room_;
  std::condition_variable changed_;
  WorkQueue queue_;
  std::uint64_t memory_in_use_ = 0;
  Progress progress_;
  std::exception_ptr failure_;
  std::size_t failed_ = 0;
  std::vector<std::string> notes_;  // that on_note has not been told
  std::size_t notes_made_ = 0;
  std::vector<Outcome> outbox_;  // of a worker
  bool is_sent_home_ = false;    // a worker
  std::vector<std::optional<RunResult>> results_;
};

std::vector<std::uint64_t> seeds_of(const ExperimentConfig& config) {
  std::set<std::uint64_t> seeds;
  for (const Sweep& sweep : config.sweeps) seeds.insert(sweep.seeds.begin(), sweep.seeds.end());
  return {seeds.begin(), seeds.end()};
}

}  // namespace

std::uint64_t run_memory_bytes(const AccessStream& stream, bool per_request) {
  // The costliest stay below: W-TinyLFU with libCacheSim's sketch 67, LRU-K of 16 accesses 81.
  constexpr std::uint64_t kBytesPerSlot = 96;
  const std::uint64_t held = stream.has_events ? stream.slot.size() : 0;
  // LRU and Belady keep a bit an access.
  return kBytesPerSlot * stream.distinct + stream.slot.size() / 4 + held +
         (per_request ? sizeof(RequestOutcome) * stream.requests : 0);
}

namespace {

// Keys are held for the whole experiment, unlike what a run holds.
void check_key_memory(const Plan& plan, const RunnerOptions& options) {
  // A slot's word and key slot, a key's representative, and while they are made a map of them.
  constexpr std::uint64_t kBytesPerSlot = 8 + 4 + 4 + 16;
  std::uint64_t bytes = 0;
  for (const auto& planned : plan.keys) {
    const AccessStream& stream = plan.streams[planned->stream]->stream;
    bytes += kBytesPerSlot * stream.distinct + sizeof(Slot) * stream.slot.size();
  }
  if (!options.max_memory || bytes <= *options.max_memory) return;
  throw InputError(
      fmt::format("the keys of {} functions, widths and chains may need {} bytes, more "
                  "than the {} allowed in all: ask for fewer at a time",
                  plan.keys.size(), bytes, *options.max_memory));
}

}  // namespace

std::uint64_t key_memory_bytes(const AccessStream& stream, const PlannedRun& run) {
  if (!run.keys) return 0;
  // An owner and a poison mark a slot, a bucket's number a key; of a table at most 32 bytes a place
  // twice, and a load a bucket.
  constexpr double kBytesPerPlace = 2 * 32 + 4;
  const double entries = static_cast<double>(
      run.capacity.weigh_bytes ? stream.distinct
                               : std::min<std::uint64_t>(run.capacity.units, stream.distinct));
  const double places = run.table.name == "dense" ? 0 : entries / run.load + 64;
  return 13 * std::uint64_t{stream.distinct} + static_cast<std::uint64_t>(places * kBytesPerPlace);
}

Results run_experiment(const ExperimentConfig& config, const RunnerOptions& options) {
  return run_experiment(config, options, open_traces(config));
}

Results run_experiment(const ExperimentConfig& config, const RunnerOptions& options,
                       const OpenedTraces& opened) {
  Results results;
  results.provenance.started = opened.started;
  std::future<std::vector<std::string>> digests;
  const bool needs_identity =
      !options.partial.empty() || options.coordinator != nullptr || options.worker != nullptr;
  if (options.hash_traces || needs_identity) {
    digests = std::async(std::launch::async, [&opened] {
      std::vector<std::string> all;
      for (const auto& trace : opened.traces) all.push_back(trace_sha256(*trace));
      return all;
    });
  }
  Plan plan = make_plan(config, opened);
  if (options.exact_curves) results.curves = take_exact_curves(plan);
  if (options.on_plan) options.on_plan(plan);
  if (options.only_describe) plan.runs.clear();
  check_key_memory(plan, options);
  derive_columns(plan);

  results.provenance.config = resolved_json(config);
  results.provenance.config_sha256 = sha256_of(results.provenance.config);
  results.provenance.seeds = seeds_of(config);
  for (std::size_t i = 0; i < opened.traces.size(); ++i) {
    results.provenance.traces.push_back(provenance_of(*opened.traces[i], opened.paths[i]));
  }

  const auto take_digests = [&] {
    const std::vector<std::string> all = digests.get();
    for (std::size_t i = 0; i < all.size(); ++i) results.provenance.traces[i].sha256 = all[i];
    return all;
  };
  std::unique_ptr<PartialResults> partial;
  if (needs_identity) {
    const PartialIdentity identity{results.provenance.config_sha256, take_digests()};
    if (!options.partial.empty()) {
      partial = std::make_unique<PartialResults>(options.partial, identity, options.resume,
                                                 options.partials_of_parts);
    }
    if (options.coordinator != nullptr) options.coordinator->gather(identity_text(identity));
    if (options.worker != nullptr) {
      options.worker->be_ready(identity_text(identity), jobs_of(options));
    }
  }
  results.runs = ParallelRuns(plan, options, config, partial.get()).finish();
  if (digests.valid()) take_digests();
  results.provenance.finished = std::chrono::system_clock::now();
  return results;
}

}  // namespace kvsim
