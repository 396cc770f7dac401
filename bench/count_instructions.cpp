// Replays for bench/instructions to count: under callgrind, which is told to count and dump at
// counted_replay(). Each replay prints a line: policy, case, accesses, hits.

#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "sim/engine/replay.hpp"
#include "traces/generator/generate.hpp"

// In C's linkage, so that callgrind finds it by this name.
extern "C" [[gnu::noinline]] std::uint64_t counted_replay(const kvsim::ReplayJob& job,
                                                          const kvsim::PolicySpec& policy) {
  return kvsim::replay(job, policy).counts.hits;
}

namespace {

using namespace kvsim;  // NOLINT(google-build-using-namespace): a program of one file

/// Independent references with Zipf popularity of exponent 1. With the same seed, a longer trace
/// goes on where a shorter one ends.
struct Objects {
  Objects(std::int64_t objects, std::int64_t accesses)
      : trace(generate("zipf", {{"alpha", 1.0}, {"objects", objects}, {"accesses", accesses}}, 1)),
        stream(make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst)) {
    stream.next = derive_next(stream);
    stream.previous = derive_previous(stream);
  }
  Objects(const Objects&) = delete;
  Objects& operator=(const Objects&) = delete;

  Trace trace;
  AccessStream stream;
};

void count(const Objects& on, const std::string& policy, std::string_view what,
           std::uint64_t capacity) {
  ReplayJob job;
  job.stream = &on.stream;
  job.capacity = capacity;
  const std::uint64_t hits = counted_replay(job, parse_policy(policy));
  fmt::print("{} {} {} {}\n", policy, what, on.stream.slot.size(), hits);
}

void count_all() {
  // Misses and hits: the capacity is a tenth of the objects.
  constexpr std::int64_t kObjects = 40'000;
  const Objects mixed_short(kObjects, 200'000);
  const Objects mixed_long(kObjects, 600'000);
  // Hits: every object has come within the shorter trace, and all of them fit.
  constexpr std::int64_t kFew = 1'000;
  const Objects hits_short(kFew, 100'000);
  const Objects hits_long(kFew, 300'000);
  for (const ComponentInfo& policy : list_policies()) {
    count(mixed_short, policy.name, "access", kObjects / 10);
    count(mixed_long, policy.name, "access", kObjects / 10);
    count(hits_short, policy.name, "hit", kFew);
    count(hits_long, policy.name, "hit", kFew);
  }
}

}  // namespace

int main() {
  try {
    count_all();
  } catch (const std::exception& e) {
    fmt::print(stderr, "kvsim_count_instructions: {}\n", e.what());
    return 1;
  }
}
