#include "sim/engine/replay.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/engine/policy_registry.hpp"
#include "sim/engine/prefix_trie_replay.hpp"

namespace kvsim {

namespace {

ReplayOutcome replay_in_flat(const ReplayJob& job, const PolicySpec& spec) {
  return find_policy(spec.policy.name).replay(spec, job);
}

struct OrganisationEntry {
  ComponentInfo info;
  ReplayOutcome (*replay)(const ReplayJob& job, const PolicySpec& spec);
};

const std::vector<OrganisationEntry>& organisation_registry() {
  static const std::vector<OrganisationEntry> entries = {
      {{"flat", "Independent blocks, any policy, as in classic cache simulators.", {}},
       &replay_in_flat},
      {{"prefix_trie",
        "A block together with its whole path; only leaves may leave, the request's own path is "
        "protected; fifo, lru and belady:bypass=true (kvcache-ai/kvcache-blog @97532881).",
        {}},
       &replay_prefix_trie},
  };
  return entries;
}

}  // namespace

ReplayOutcome replay(const ReplayJob& job, const PolicySpec& spec, std::string_view organisation) {
  const AccessStream& stream = *job.stream;
  const std::string place = fmt::format("trace '{}'", stream.trace->name);
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
                      "recorded events they follow from the hits",
                      place, spec.policy.name));
    }
  }
  if (needs_future(spec) && organisation == "flat" && stream.next.size() != stream.slot.size()) {
    throw InputError(place + ": the stream's next positions were not derived");
  }
  std::vector<std::string> names;
  for (const OrganisationEntry& e : organisation_registry()) {
    if (e.info.name == organisation) return e.replay(job, spec);
    names.push_back(e.info.name);
  }
  throw InputError(unknown_name("organisation", organisation, names));
}

bool needs_future(const PolicySpec& spec) {
  return find_policy(spec.policy.name).traits.needs_future;
}

bool wants_previous(const PolicySpec& spec) {
  return spec.admission.empty() && find_policy(spec.policy.name).wants_previous;
}

std::vector<ComponentInfo> list_policies() {
  std::vector<ComponentInfo> infos;
  for (const PolicyEntry& e : policy_registry()) infos.push_back(e.info);
  return infos;
}

std::vector<ComponentInfo> list_organisations() {
  std::vector<ComponentInfo> infos;
  for (const OrganisationEntry& e : organisation_registry()) infos.push_back(e.info);
  return infos;
}

}  // namespace kvsim
