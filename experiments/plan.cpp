#include "experiments/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

#include "sim/core/error.hpp"
#include "sim/core/placed.hpp"
#include "traces/reader/open_trace.hpp"

namespace kvsim {

OpenedTraces open_traces(const ExperimentConfig& config) {
  if (config.traces.empty()) throw InputError("no trace is named");
  OpenedTraces opened;
  opened.started = std::chrono::system_clock::now();
  std::map<std::string, std::size_t> by_name;
  for (std::size_t i = 0; i < config.traces.size(); ++i) {
    const TraceSpec& spec = config.traces[i];
    const std::filesystem::path path = std::filesystem::path(spec.path).is_absolute()
                                           ? std::filesystem::path(spec.path)
                                           : config.folder / spec.path;
    OpenOptions options;
    options.format = spec.format;
    options.skip_errors = spec.skip_errors;
    auto trace =
        std::make_unique<Trace>(placed(spec.place, [&] { return open_trace(path, options); }));
    if (!spec.name.empty()) trace->name = spec.name;
    const auto [it, is_new] = by_name.emplace(trace->name, i);
    if (!is_new) {
      placed(spec.place, [&]() -> void {
        throw InputError(fmt::format(
            "traces '{}' and '{}' are both called '{}': give one of them another \"name\"",
            config.traces[it->second].path, spec.path, trace->name));
      });
    }
    opened.traces.push_back(std::move(trace));
    opened.paths.push_back(spec.path);
  }
  return opened;
}

std::uint32_t default_block_size(const Trace& trace) {
  return !trace.blocks && trace.tokens ? kDefaultBlockSize : 0;
}

namespace {

// Builds a plan piece by piece, sharing streams and refusing what cannot work.
class Planner {
 public:
  Planner(const OpenedTraces& opened, std::filesystem::path folder)
      : opened_(opened), folder_(std::move(folder)) {}

  void add(const Sweep& sweep) {
    std::vector<std::string> names;
    for (const auto& trace : opened_.traces) names.push_back(trace->name);
    for (const std::string& name : sweep.traces) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        throw InputError(fmt::format("traces: {}", unknown_name("trace", name, names)));
      }
    }
    keyings_ = keyings_of(sweep.keying);
    cost_model_ = nullptr;
    if (sweep.cost) {
      cost_model_ = placed(sweep.cost_place, [&] { return make_cost_model(*sweep.cost, folder_); });
    }
    for (std::size_t t = 0; t < opened_.traces.size(); ++t) {
      if (sweep.traces.empty() ||
          std::find(sweep.traces.begin(), sweep.traces.end(), names[t]) != sweep.traces.end()) {
        add_trace(sweep, t);
      }
    }
  }

  Plan finish() { return std::move(plan_); }

 private:
  void add_trace(const Sweep& sweep, std::size_t t) {
    const Trace& trace = *opened_.traces[t];
    std::vector<std::uint32_t> block_sizes = sweep.block_sizes;
    if (block_sizes.empty()) block_sizes.push_back(default_block_size(trace));
    for (const std::uint32_t block_size : block_sizes) {
      for (const std::string& organisation : sweep.organisations) {
        for (const Lookup lookup : sweep.lookups) {
          for (const std::optional<Reuse>& asked : sweep.reuse) {
            const Reuse reuse =
                asked.value_or(trace.is_object_trace() ? Reuse::kObject : Reuse::kPrefix);
            add_touch_orders(sweep, t, block_size, organisation, lookup, reuse);
          }
        }
      }
    }
  }

  void add_touch_orders(const Sweep& sweep, std::size_t t, std::uint32_t block_size,
                        const std::string& organisation, Lookup lookup, Reuse reuse) {
    std::vector<TouchOrder> orders = sweep.touch_orders;
    // The order within a request is a matter of prefix reuse. Where several are compared, object
    // reuse takes part once; where it is the only one asked, replay() refuses it.
    const bool has_head_first =
        std::find(orders.begin(), orders.end(), TouchOrder::kHeadFirst) != orders.end();
    if (reuse == Reuse::kObject && has_head_first) orders = {TouchOrder::kHeadFirst};
    for (const TouchOrder order : orders) {
      const std::size_t stream = stream_for(t, block_size, lookup, order);
      for (const Keying& keying : keyings_) {
        for (const PolicySpec& policy : sweep.policies) {
          add_policy(sweep, stream, organisation, reuse, keying, policy);
        }
      }
    }
  }

  void add_policy(const Sweep& sweep, std::size_t stream, const std::string& organisation,
                  Reuse reuse, const Keying& keying, const PolicySpec& policy) {
    PlannedStream& planned = *plan_.streams[stream];
    if (sweep.block_bytes != 0 && planned.stream.has_sizes()) {
      throw InputError(fmt::format(
          "trace '{}' has object sizes of its own: bytes a block are for traces without",
          planned.stream.trace->name));
    }
    const std::optional<std::size_t> costs =
        sweep.cost ? std::optional(costs_for(stream, *sweep.cost, reuse)) : std::nullopt;
    const std::uint32_t block_bytes =
        cost_model_ ? block_bytes_of(planned.stream) : sweep.block_bytes;
    const std::string policy_identity = identity_of(policy);
    const std::string keying_identity = identity_of(keying);
    const std::optional<std::size_t> keys =
        keying.keys ? std::optional(keys_for(stream, *keying.keys)) : std::nullopt;
    for (const CapacitySpec& capacity : sweep.capacities) {
      PlannedRun run;
      run.stream = stream;
      run.policy = policy;
      run.reuse = reuse;
      run.organisation = organisation;
      run.capacity = resolve_capacity(capacity, planned.stream, block_bytes);
      run.block_bytes = block_bytes;
      run.ignore_size = sweep.ignore_size;
      run.warmup = sweep.warmup;
      run.costs = costs;
      run.keys = keys;
      run.table = keying.table;
      run.load = keying.load;
      try_out(run);
      const std::string identity =
          fmt::format("{} {} {} {} {} {} {} {} {} {} {}", stream, policy_identity, name_of(reuse),
                      organisation, run.capacity.units, run.capacity.weigh_bytes, block_bytes,
                      sweep.ignore_size, sweep.warmup.until_full ? 2.0 : sweep.warmup.share,
                      costs ? *costs + 1 : 0, keying_identity);
      for (std::size_t repeat = 0; repeat < sweep.seeds.size(); ++repeat) {
        run.seed = sweep.seeds[repeat];
        run.repeat = repeat;
        keep(run, fmt::format("{} {} {}", identity, run.seed, repeat));
      }
    }
  }

  std::size_t stream_for(std::size_t t, std::uint32_t block_size, Lookup lookup, TouchOrder order) {
    const auto [it, is_new] =
        streams_.emplace(std::tuple(t, block_size, lookup, order), plan_.streams.size());
    if (is_new) {
      auto planned = std::make_unique<PlannedStream>();
      planned->trace = t;
      planned->stream = make_stream(*opened_.traces[t], block_size, lookup, order);
      plan_.streams.push_back(std::move(planned));
    }
    return it->second;
  }

  std::size_t keys_for(std::size_t stream, const KeySpec& spec) {
    for (std::size_t i = 0; i < plan_.keys.size(); ++i) {
      if (plan_.keys[i]->stream == stream && plan_.keys[i]->spec == spec) return i;
    }
    check_keys(plan_.streams[stream]->stream, spec);
    plan_.keys.push_back(std::make_unique<PlannedKeys>());
    plan_.keys.back()->stream = stream;
    plan_.keys.back()->spec = plan_.keys.back()->keys.spec = spec;
    return plan_.keys.size() - 1;
  }

  std::size_t costs_for(std::size_t stream, const CostSpec& spec, Reuse reuse) {
    for (std::size_t i = 0; i < plan_.costs.size(); ++i) {
      if (plan_.costs[i]->stream == stream && plan_.costs[i]->spec == spec) return i;
    }
    const AccessStream& accesses = plan_.streams[stream]->stream;
    if (reuse != Reuse::kPrefix) {
      throw InputError(fmt::format(
          "trace '{}': object reuse hits blocks anywhere in a prompt, which saves no prefill; a "
          "cost model needs reuse prefix",
          accesses.trace->name));
    }
    plan_.costs.push_back(std::make_unique<PlannedCosts>());
    plan_.costs.back()->stream = stream;
    plan_.costs.back()->spec = spec;
    plan_.costs.back()->costs = request_costs(accesses, cost_model_);
    return plan_.costs.size() - 1;
  }

  std::uint32_t block_bytes_of(const AccessStream& stream) const {
    const std::uint64_t bytes = cost_model_->block_bytes(stream.block_size);
    if (bytes > std::numeric_limits<std::uint32_t>::max()) {
      throw InputError(
          fmt::format("a block of {} tokens of model '{}' takes {} bytes, at most 4 GiB "
                      "can be",
                      stream.block_size, cost_model_->shape().name, bytes));
    }
    return static_cast<std::uint32_t>(bytes);
  }

  // Lets replay() check how policy, organisation, trace and reuse fit, without replaying anything.
  void try_out(const PlannedRun& run) {
    const AccessStream& stream = plan_.streams[run.stream]->stream;
    const std::string combination =
        fmt::format("{} {} {} {} {} {} {} {} {}", run.stream, run.organisation, name_of(run.reuse),
                    label_of(run.policy), run.capacity.weigh_bytes, run.warmup.until_full,
                    run.keys.has_value(), label_of(run.table), run.load);
    if (!tried_.insert(combination).second) return;
    Trace no_requests;
    no_requests.name = stream.trace->name;
    no_requests.format = stream.trace->format;
    AccessStream empty = stream;
    if (stream.has_events) no_requests.events.emplace();
    if (stream.has_tokens())
      no_requests.requests.input_tokens = stream.trace->requests.input_tokens;
    empty.trace = &no_requests;
    empty.requests = 0;
    empty.distinct = 0;
    empty.offset = {};
    empty.slot = {};
    empty.next = {};
    empty.previous = {};
    ReplayJob job = job_of(plan_, run);
    job.stream = &empty;
    if (job.keyed) job.keyed->blocks = &empty;
    job.capacity = 1;
    (void)replay(job, run.policy, run.organisation);
  }

  // `identity` is what equal runs share.
  void keep(const PlannedRun& run, std::string identity) {
    if (!identities_.insert(std::move(identity)).second) {
      ++plan_.left_out;
      return;
    }
    plan_.runs.push_back(run);
  }

  const OpenedTraces& opened_;
  std::filesystem::path folder_;  // that relative paths of presets and profiles start from
  std::shared_ptr<const CostModel> cost_model_;  // of the sweep that is being added, or none
  Plan plan_;
  std::vector<Keying> keyings_;  // of the sweep that is being added
  std::map<std::tuple<std::size_t, std::uint32_t, Lookup, TouchOrder>, std::size_t> streams_;
  std::set<std::string> tried_;
  std::unordered_set<std::string> identities_;
};

}  // namespace

namespace {

// At once, and not only when so many are planned.
void check_run_count(const ExperimentConfig& config, std::size_t traces) {
  double runs = 0;
  for (const Sweep& sweep : config.sweeps) {
    double product = 1;
    for (const std::size_t size :
         {sweep.traces.empty() ? traces : sweep.traces.size(),
          std::max<std::size_t>(1, sweep.block_sizes.size()), sweep.organisations.size(),
          sweep.lookups.size(), sweep.reuse.size(), sweep.touch_orders.size(),
          sweep.policies.size(), sweep.capacities.size(), sweep.seeds.size()}) {
      product *= static_cast<double>(size);
    }
    runs += product;
  }
  if (runs > static_cast<double>(kMostRuns)) {
    throw InputError(fmt::format("{:.0f} runs are asked for, at most {} can be", runs, kMostRuns));
  }
}

// Refuses a block size that a trace does not leave free, where the configuration says it.
void check_block_sizes(const Sweep& sweep, const OpenedTraces& opened) {
  for (const auto& trace : opened.traces) {
    const bool is_meant =
        sweep.traces.empty() ||
        std::find(sweep.traces.begin(), sweep.traces.end(), trace->name) != sweep.traces.end();
    if (!is_meant || !trace->blocks) continue;
    for (const std::uint32_t size : sweep.block_sizes) {
      if (size == trace->blocks->block_size) continue;
      (void)make_stream(*trace, size, Lookup::kAll, TouchOrder::kHeadFirst);  // refuses it
    }
  }
}

}  // namespace

Plan make_plan(const ExperimentConfig& config, const OpenedTraces& opened) {
  check_run_count(config, opened.traces.size());
  Planner planner(opened, config.folder);
  for (const Sweep& sweep : config.sweeps) {
    placed(sweep.block_sizes_place, [&] { check_block_sizes(sweep, opened); });
    placed(sweep.place, [&] { planner.add(sweep); });
  }
  return planner.finish();
}

void derive_columns(Plan& plan) {
  for (const auto& planned : plan.keys) {
    const AccessStream& stream = plan.streams[planned->stream]->stream;
    planned->keys = make_block_keys(stream, planned->spec);
    planned->stream_of_keys = keyed_stream(stream, planned->keys);
  }
  const auto derive_future = [](AccessStream& stream) {
    if (stream.next.empty()) stream.next = derive_next(stream);
  };
  for (const PlannedRun& run : plan.runs) {
    AccessStream& stream = plan.streams[run.stream]->stream;
    PlannedKeys* const keyed = run.keys ? plan.keys[*run.keys].get() : nullptr;
    if (needs_future(run.policy)) {
      if (keyed == nullptr) {
        derive_future(stream);
      } else if (keyed->keys.first.empty()) {
        // All keys differ: the accesses are those of the blocks.
        derive_future(stream);
        keyed->stream_of_keys.next = stream.next;
      } else {
        derive_future(keyed->stream_of_keys);
      }
    }
    if (keyed == nullptr && wants_previous(run.policy, run.reuse) && stream.previous.empty()) {
      stream.previous = derive_previous(stream);
    }
  }
}

ReplayJob job_of(const Plan& plan, const PlannedRun& run) {
  ReplayJob job;
  job.stream = &plan.streams[run.stream]->stream;
  job.reuse = run.reuse;
  job.capacity = run.capacity.units;
  job.weigh_bytes = run.capacity.weigh_bytes;
  job.ignore_size = run.ignore_size;
  job.block_bytes = run.block_bytes;
  job.warmup = run.warmup;
  job.seed = run.seed;
  if (run.keys) {
    const PlannedKeys& planned = *plan.keys[*run.keys];
    job.keyed = KeyedLookups{&planned.keys, job.stream, run.table, run.load};
    job.stream = &planned.stream_of_keys;
  }
  return job;
}

std::string describe(const Plan& plan, const PlannedRun& run) {
  return fmt::format("trace '{}', policy '{}', capacity {}{}",
                     plan.streams[run.stream]->stream.trace->name, label_of(run.policy),
                     run.capacity.units, run.capacity.weigh_bytes ? " bytes" : "");
}

}  // namespace kvsim
