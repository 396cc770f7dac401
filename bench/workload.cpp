#include "bench/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "traces/generator/generate.hpp"

namespace kvsim::bench {

namespace {

std::unique_ptr<Workload> open(Trace trace, std::uint32_t block_size, Reuse reuse) {
  auto w = std::make_unique<Workload>(Workload{std::move(trace), {}, reuse});
  w->stream = make_stream(w->trace, block_size, Lookup::kAll, TouchOrder::kHeadFirst);
  w->stream.next = derive_next(w->stream);
  w->stream.previous = derive_previous(w->stream);
  return w;
}

std::unique_ptr<Workload> open_chat() {
  // 480 requests of chats and 320 of agents.
  Trace trace = generate("serving_mix",
                         {{"requests", std::int64_t{800}},
                          {"rate", 2.0},
                          {"scale", 0.4},
                          {"chat", 0.6},
                          {"agent_tree", 0.4},
                          {"rag", 0.0},
                          {"few_shot", 0.0},
                          {"shared_prefix", 0.0}},
                         1);
  return open(std::move(trace), kChatBlockSize, Reuse::kPrefix);
}

}  // namespace

std::unique_ptr<Workload> zipf_workload(const Settings& s) {
  Trace trace = generate("zipf",
                         {{"alpha", 1.0},
                          {"accesses", static_cast<std::int64_t>(s.accesses)},
                          {"objects", static_cast<std::int64_t>(s.objects)}},
                         s.seed);
  return open(std::move(trace), 0, Reuse::kObject);
}

Settings& settings() {
  static Settings s;
  return s;
}

std::uint64_t Workload::capacity(double share) const {
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(share * stream.distinct));
}

ReplayJob Workload::job(double share) const {
  ReplayJob job;
  job.stream = &stream;
  job.reuse = reuse;
  job.capacity = capacity(share);
  return job;
}

std::string_view name_of(WorkloadName name) {
  return name == WorkloadName::kChat ? "chat" : "zipf";
}

const Workload& workload(WorkloadName name) {
  if (name == WorkloadName::kChat) {
    static const std::unique_ptr<Workload> chat = open_chat();
    return *chat;
  }
  static const std::unique_ptr<Workload> zipf = zipf_workload(settings());
  return *zipf;
}

std::string percent(double share) { return fmt::format("{:.4g}%", 100 * share); }

}  // namespace kvsim::bench
