#include "sim/engine/prefix_trie_replay.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/engine/tally.hpp"
#include "sim/organisation/prefix_trie.hpp"

namespace kvsim {

namespace {

template <TrieForm Form>
ReplayOutcome replay_form(const ReplayJob& job) {
  const AccessStream& stream = *job.stream;
  const PathStream paths = make_path_stream(stream, Form::kNeedsFuture);
  PrefixTrie<Form> trie(paths, job.capacity);
  Tally tally(job);
  tally.advance(trie, stream.requests, [&](std::uint64_t r, RequestOutcome& outcome) {
    const std::uint64_t run = trie.request(static_cast<std::uint32_t>(r), stream.begin(r),
                                           stream.end(r), stream.lookups_of(r));
    tally.set_prefix_hits(r, run, outcome);
  });
  return tally.outcome(trie.was_full(), trie.memory_bytes());
}

}  // namespace

ReplayOutcome replay_prefix_trie(const ReplayJob& job, const PolicySpec& spec) {
  const AccessStream& stream = *job.stream;
  const auto refuse = [](std::string_view what) {
    throw InputError(fmt::format("organisation 'prefix_trie': {}", what));
  };
  if (job.reuse != Reuse::kPrefix) refuse("reuse is 'object', allowed is prefix");
  if (stream.touch_order != TouchOrder::kHeadFirst) {
    refuse("touch order is 'tail_first', allowed is head_first");
  }
  if (job.weigh_bytes) refuse("a capacity in bytes of sized objects; give blocks or a share");
  if (stream.has_events) refuse("the trace carries recorded events, which only 'flat' follows");
  if (!spec.admission.empty()) refuse("admission filters are not combined with it");
  if (stream.requests >= kNever) refuse("too many requests");

  ReplayOutcome outcome;
  std::vector<std::string> names;
  bool found = false;
  std::apply(
      [&]<class... Forms>(const Forms*... form) {
        const auto consider = [&]<class Form>(const Form*) {
          names.emplace_back(Form::kName);
          if (spec.policy.name != Form::kName) return;
          found = true;
          const Params all = resolved_params(spec);
          for (const auto& [name, value] : all) {
            if (Form::kNeedsFuture && name == "bypass" && value != ParamValue(true)) {
              refuse("policy 'belady' is defined with bypass only: belady:bypass=true");
            }
          }
          outcome = replay_form<Form>(job);
        };
        (consider(form), ...);
      },
      []<class... Forms>(const std::tuple<Forms...>*) {
        return std::tuple<const Forms*...>{};
      }(static_cast<const TrieForms*>(nullptr)));
  if (!found) {
    throw InputError(
        fmt::format("organisation 'prefix_trie': has no form of policy '{}', allowed are {}",
                    spec.policy.name, fmt::join(names, ", ")));
  }
  return outcome;
}

}  // namespace kvsim
