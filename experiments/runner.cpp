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
#include <numeric>
#include <set>
#include <thread>

#include "experiments/curves.hpp"
#include "experiments/partial.hpp"
#include "experiments/placed.hpp"
#include "sim/core/error.hpp"
#include "sim/core/output_file.hpp"
#include "sim/metrics/measure.hpp"
#include "sim/metrics/per_request.hpp"
#include "traces/sha256.hpp"

namespace kvsim {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string sha256_of(std::string_view text) {
  Sha256 sha;
  sha.update(text);
  return sha.hex();
}

std::uint64_t accesses_of(const Plan& plan, const PlannedRun& run) {
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

RunResult measure(const Plan& plan, const PlannedRun& run, const ReplayOutcome& outcome,
                  double seconds) {
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
  result.table = "dense";
  if (!run.warmup.until_full) result.warmup.share = run.warmup.share;
  result.warmup.requests = outcome.warmup_requests;
  result.seed = run.seed;
  result.repeat = run.repeat;
  result.touch_order = std::string(name_of(stream.touch_order));
  result.lookup = std::string(name_of(stream.lookup));
  result.counts = counts_of(outcome.counts, load);
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
  if (seconds > 0) {
    result.replay.accesses_per_second = static_cast<double>(accesses_of(plan, run)) / seconds;
  }
  result.replay.peak_rss_bytes = peak_rss_bytes();
  return result;
}

// The runs of a plan over a number of threads.
class ParallelRuns {
 public:
  ParallelRuns(const Plan& plan, const RunnerOptions& options, const ExperimentConfig& config,
               PartialResults* partial)
      : plan_(plan),
        options_(options),
        by_(config.by),
        partial_(partial),
        results_(plan.runs.size()) {
    if (!options.per_request.empty())
      writer_ = std::make_unique<PerRequestWriter>(options.per_request);
    if (by_) placed(config.by_place, [&] { group_requests_of_traces(); });
    std::vector<bool> is_done(plan.runs.size(), false);
    if (partial != nullptr) {
      for (const auto& [index, run] : partial->finished()) {
        if (index >= plan.runs.size()) continue;
        results_[index] = run;
        is_done[index] = true;
      }
    }
    for (std::size_t i = 0; i < plan.runs.size(); ++i) {
      if (is_done[i]) continue;
      order_.push_back(i);
      progress_.accesses_left += static_cast<double>(accesses_of(plan, plan.runs[i]));
      check_memory(i);
    }
    progress_.total = plan.runs.size();
    progress_.resumed = progress_.done = plan.runs.size() - order_.size();
    // Longest first, so that none is left running alone at the end; in plan order where rows must
    // be written in it.
    if (writer_ == nullptr) {
      std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
        return expected_work(a) > expected_work(b);
      });
    }
  }

  std::vector<RunResult> finish() {
    started_ = Clock::now();
    const std::size_t jobs =
        options_.jobs != 0 ? options_.jobs : std::max(1u, std::thread::hardware_concurrency());
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < std::min(jobs, order_.size()); ++i) {
        threads.emplace_back([this] { work(); });
      }
      watch();
    }
    if (failure_) std::rethrow_exception(failure_);
    if (writer_ != nullptr) writer_->commit();
    return std::move(results_);
  }

 private:
  void group_requests_of_traces() {
    for (const auto& planned : plan_.streams) {
      const Trace* trace = planned->stream.trace;
      if (!groupings_.contains(trace)) groupings_.emplace(trace, group_requests(*trace, *by_));
    }
  }

  bool needs_outcomes() const { return by_ || writer_ != nullptr; }

  std::uint64_t memory_of(std::size_t index) const {
    return run_memory_bytes(plan_.streams[plan_.runs[index].stream]->stream, needs_outcomes());
  }

  void check_memory(std::size_t index) const {
    if (!options_.max_memory || memory_of(index) <= *options_.max_memory) return;
    throw InputError(fmt::format("{} may need {} bytes, more than the {} allowed in all",
                                 describe(plan_, plan_.runs[index]), memory_of(index),
                                 *options_.max_memory));
  }

  // Oracles and filters cost several times a plain policy's work.
  std::uint64_t expected_work(std::size_t index) const {
    const PlannedRun& run = plan_.runs[index];
    const bool is_costly = needs_future(run.policy) || !run.policy.admission.empty();
    return accesses_of(plan_, run) * (is_costly ? 3 : 1);
  }

  // Calls on_progress until all is done or has failed.
  void watch() {
    constexpr auto kTick = std::chrono::milliseconds(100);
    std::unique_lock lock(mutex_);
    while (true) {
      const std::size_t done = progress_.done;
      const bool is_over = done == progress_.total || failure_ != nullptr;
      if (options_.on_progress) {
        Progress now = progress_;
        now.seconds = seconds_since(started_);
        lock.unlock();
        options_.on_progress(now);
        lock.lock();
      }
      if (is_over) return;
      changed_.wait_for(lock, kTick, [&] { return progress_.done != done || failure_ != nullptr; });
    }
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      const auto is_free = [&] {
        return failure_ != nullptr || next_ == order_.size() || memory_in_use_ == 0 ||
               !options_.max_memory ||
               memory_in_use_ + memory_of(order_[next_]) <= *options_.max_memory;
      };
      room_.wait(lock, is_free);
      if (failure_ != nullptr || next_ == order_.size()) return;
      const std::size_t index = order_[next_++];
      memory_in_use_ += memory_of(index);
      lock.unlock();
      try {
        replay_one(index);
        lock.lock();
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        if (failure_ == nullptr || index < failed_) {
          failure_ = std::current_exception();
          failed_ = index;
        }
      }
      memory_in_use_ -= memory_of(index);
      ++progress_.done;
      const auto accesses = static_cast<double>(accesses_of(plan_, plan_.runs[index]));
      progress_.accesses_done += accesses;
      progress_.accesses_left -= accesses;
      room_.notify_all();
      changed_.notify_all();
    }
  }

  void replay_one(std::size_t index) {
    const PlannedRun& run = plan_.runs[index];
    const AccessStream& stream = plan_.streams[run.stream]->stream;
    std::vector<RequestOutcome> outcomes;
    ReplayJob job = job_of(plan_, run);
    if (needs_outcomes()) job.per_request = &outcomes;
    const Clock::time_point start = Clock::now();
    ReplayOutcome outcome;
    try {
      outcome = replay(job, run.policy, run.organisation);
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}", describe(plan_, run), error.what()));
    }
    RunResult result = measure(plan_, run, outcome, seconds_since(start));
    const LoadOfRequests load(stream, run.block_bytes, run.ignore_size);
    if (by_) {
      result.groups =
          measure_groups(groupings_.at(stream.trace), load, outcomes, outcome.warmup_requests);
    }
    std::string rows;
    if (writer_ != nullptr) {
      rows = per_request_rows(index, load, outcomes, outcome.warmup_requests);
    }
    const std::lock_guard lock(output_mutex_);
    if (writer_ != nullptr) writer_->add(index, std::move(rows));
    if (partial_ != nullptr) partial_->add(index, result);
    results_[index] = std::move(result);
  }

  const Plan& plan_;
  const RunnerOptions& options_;
  std::optional<GroupBy> by_;
  PartialResults* partial_;
  std::unique_ptr<PerRequestWriter> writer_;
  std::map<const Trace*, Grouping> groupings_;
  std::vector<std::size_t> order_;
  std::mutex output_mutex_;  // of the files and results_

  std::mutex mutex_;  // of all below
  std::condition_variable room_;
  std::condition_variable changed_;
  std::size_t next_ = 0;  // in order_
  std::uint64_t memory_in_use_ = 0;
  Progress progress_;
  std::exception_ptr failure_;
  std::size_t failed_ = 0;

  std::vector<RunResult> results_;
  Clock::time_point started_;
};

std::vector<std::uint64_t> seeds_of(const ExperimentConfig& config) {
  std::set<std::uint64_t> seeds;
  for (const Sweep& sweep : config.sweeps) seeds.insert(sweep.seeds.begin(), sweep.seeds.end());
  return {seeds.begin(), seeds.end()};
}

TraceProvenance describe(const Trace& trace, const std::string& path) {
  TraceProvenance provenance;
  provenance.name = trace.name;
  provenance.path = path;
  provenance.format = trace.format;
  provenance.requests = trace.requests.count;
  if (trace.blocks) {
    provenance.accesses = trace.blocks->accesses();
    provenance.distinct_blocks = trace.blocks->distinct;
  }
  return provenance;
}

}  // namespace

std::uint64_t run_memory_bytes(const AccessStream& stream, bool per_request) {
  // The costliest stay below: W-TinyLFU with libCacheSim's sketch 67, LRU-K of 16 accesses 81.
  constexpr std::uint64_t kBytesPerSlot = 96;
  const std::uint64_t held = stream.has_events ? stream.slot.size() : 0;
  return kBytesPerSlot * stream.distinct + held +
         (per_request ? sizeof(RequestOutcome) * stream.requests : 0);
}

Results run_experiment(const ExperimentConfig& config, const RunnerOptions& options) {
  return run_experiment(config, options, open_traces(config));
}

Results run_experiment(const ExperimentConfig& config, const RunnerOptions& options,
                       const OpenedTraces& opened) {
  Results results;
  results.provenance.started = opened.started;
  std::future<std::vector<std::string>> digests;
  if (options.hash_traces || !options.partial.empty()) {
    digests = std::async(std::launch::async, [&opened] {
      std::vector<std::string> all;
      for (const auto& trace : opened.traces) all.push_back(trace_sha256(*trace));
      return all;
    });
  }
  Plan plan = make_plan(config, opened);
  if (options.exact_curves) results.curves = take_exact_curves(plan);
  if (options.on_plan) options.on_plan(plan);

  results.provenance.config = resolved_json(config);
  results.provenance.config_sha256 = sha256_of(results.provenance.config);
  results.provenance.seeds = seeds_of(config);
  for (std::size_t i = 0; i < opened.traces.size(); ++i) {
    results.provenance.traces.push_back(describe(*opened.traces[i], opened.paths[i]));
  }

  std::unique_ptr<PartialResults> partial;
  const auto take_digests = [&] {
    const std::vector<std::string> all = digests.get();
    for (std::size_t i = 0; i < all.size(); ++i) results.provenance.traces[i].sha256 = all[i];
    return all;
  };
  if (!options.partial.empty()) {
    partial = std::make_unique<PartialResults>(
        options.partial, PartialIdentity{results.provenance.config_sha256, take_digests()},
        options.resume);
  }
  results.runs = ParallelRuns(plan, options, config, partial.get()).finish();
  if (digests.valid()) take_digests();
  results.provenance.finished = std::chrono::system_clock::now();
  return results;
}

}  // namespace kvsim
