#include "sim/engine/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "sim/core/error.hpp"
#include "sim/engine/policy_registry.hpp"
#include "sim/engine/prefix_trie_replay.hpp"

namespace kvsim {

namespace {

// The request after `first` at which a piece of the stream ends. Long pieces: at each turn a
// cache's own state has to come back into the processor's, while the stream only has to be read
// from the disk once.
std::uint64_t end_of_piece(const AccessStream& stream, std::uint64_t first) {
  constexpr std::uint64_t kAccesses = 1U << 22;
  const std::uint64_t until = stream.begin(first) + kAccesses;
  if (stream.offset.empty()) return std::min(until, stream.requests);
  const auto offsets = stream.offset.span();
  const auto end = std::lower_bound(offsets.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                                    offsets.end() - 1, until);
  return static_cast<std::uint64_t>(end - offsets.begin());
}

std::vector<ReplayOutcome> replay_in_flat(std::span<const ReplayJob> jobs, const PolicySpec& spec) {
  const PolicyEntry& policy = find_policy(spec.policy.name);
  if (jobs.size() > 1 && jobs.size() <= policy.most_lanes(spec, jobs.front())) {
    return policy.sweep(spec, jobs);
  }
  const AccessStream& stream = *jobs.front().stream;
  std::vector<std::unique_ptr<Replay>> replays;
  for (const ReplayJob& job : jobs) replays.push_back(policy.begin(spec, job));
  for (std::uint64_t r = 0; r < stream.requests;) {
    r = jobs.size() == 1 ? stream.requests : end_of_piece(stream, r);
    for (const auto& replay : replays) replay->advance(r);
  }
  std::vector<ReplayOutcome> outcomes;
  for (const auto& replay : replays) outcomes.push_back(replay->finish());
  return outcomes;
}

std::vector<ReplayOutcome> replay_in_trie(std::span<const ReplayJob> jobs, const PolicySpec& spec) {
  std::vector<ReplayOutcome> outcomes;
  for (const ReplayJob& job : jobs) outcomes.push_back(replay_prefix_trie(job, spec));
  return outcomes;
}

struct OrganisationEntry {
  ComponentInfo info;
  std::vector<ReplayOutcome> (*replay)(std::span<const ReplayJob> jobs, const PolicySpec& spec);
};

const std::vector<OrganisationEntry>& organisation_registry() {
  static const std::vector<OrganisationEntry> entries = {
      {{"flat", "Independent blocks, any policy, as in classic cache simulators.", {}},
       &replay_in_flat},
      {{"prefix_trie",
        "A block together with its whole path; only leaves may leave, the request's own path is "
        "protected; fifo, lru and belady:bypass=true (kvcache-ai/kvcache-blog @97532881).",
        {}},
       &replay_in_trie},
  };
  return entries;
}

void check(const ReplayJob& job, const PolicySpec& spec, std::string_view organisation) {
  const AccessStream& stream = *job.stream;
  const std::string place = fmt::format("trace '{}'", stream.trace->name);
  if (job.keyed && organisation != "flat") {
    throw InputError(fmt::format(
        "{}: hash functions and tables are for organisation flat, but '{}' is asked for", place,
        organisation));
  }
  if (job.capacity == 0) throw InputError(place + ": capacity is 0, allowed is 1 or more");
  if (job.weigh_bytes && !stream.has_sizes()) {
    throw InputError(place + ": a capacity in bytes needs object sizes, which it does not carry");
  }
  if (stream.touch_order == TouchOrder::kTailFirst && job.reuse == Reuse::kObject) {
    throw InputError(
        place +
        ": touch order 'tail_first' has no meaning with reuse 'object', whose accesses "
        "come in order; allowed is reuse prefix");
  }
  if (job.reuse == Reuse::kPrefix && stream.block_size == 0) {
    throw InputError(place +
                     ": reuse 'prefix' needs requests of blocks, but its requests are objects; "
                     "allowed is reuse object");
  }
  if (stream.has_events) {
    if (job.reuse == Reuse::kObject || stream.touch_order == TouchOrder::kTailFirst) {
      throw InputError(place +
                       ": it carries the recorded order of look-ups, insertions and releases; "
                       "allowed is reuse prefix with touch order head_first");
    }
    if (job.warmup.until_full) {
      throw InputError(place +
                       ": warm-up 'full' is not defined with recorded events; give a share");
    }
    if (needs_future(spec)) {
      throw InputError(
          fmt::format("{}: policy '{}' must know the accesses beforehand, but with "
                      "recorded events they follow from the hits; leave the events out when the "
                      "trace is read (--format tokens:events=false)",
                      place, spec.policy.name));
    }
  }
  if (needs_future(spec) && organisation == "flat" && stream.next.size() != stream.slot.size()) {
    throw InputError(place + ": the stream's next positions were not derived");
  }
}

}  // namespace

ReplayOutcome replay(const ReplayJob& job, const PolicySpec& spec, std::string_view organisation) {
  return replay_pass({&job, 1}, spec, organisation).front();
}

std::vector<ReplayOutcome> replay_pass(std::span<const ReplayJob> jobs, const PolicySpec& spec,
                                       std::string_view organisation) {
  if (jobs.empty()) return {};
  for (const ReplayJob& job : jobs) check(job, spec, organisation);
  return find_component("organisation", organisation, organisation_registry()).replay(jobs, spec);
}

double relative_cost(const PolicySpec& spec) {
  constexpr double kFilter = 1.0;
  return find_policy(spec.policy.name).traits.cost +
         kFilter * static_cast<double>(spec.admission.size());
}

bool needs_future(const PolicySpec& spec) {
  return find_policy(spec.policy.name).traits.needs_future;
}

bool wants_previous(const PolicySpec& spec, Reuse reuse) {
  return spec.admission.empty() && wants_previous(find_policy(spec.policy.name).previous, reuse);
}

std::size_t most_lanes(const ReplayJob& job, const PolicySpec& spec,
                       std::string_view organisation) {
  return organisation == "flat" ? find_policy(spec.policy.name).most_lanes(spec, job) : 0;
}

std::vector<ComponentInfo> list_policies() { return infos_of(policy_registry()); }

std::vector<ComponentInfo> list_organisations() { return infos_of(organisation_registry()); }

}  // namespace kvsim
