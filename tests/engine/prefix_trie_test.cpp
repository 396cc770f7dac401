#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/rng.hpp"
#include "sim/engine/replay.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

using Path = std::vector<std::uint64_t>;

// The organisation's rules over a map from whole path to (last request, insertion number).
class NaiveTrie {
 public:
  NaiveTrie(std::string policy, std::size_t capacity, const std::vector<Path>& requests)
      : policy_(std::move(policy)), capacity_(capacity), requests_(requests) {}

  std::uint64_t request(std::size_t r) {
    const Path& path = requests_[r];
    std::size_t run = 0;
    while (run < path.size() && entries_.count(prefix(path, run + 1)) != 0) ++run;
    for (std::size_t i = 1; i <= run; ++i) entries_[prefix(path, i)].first = r;
    std::set<Path> shielded;
    for (std::size_t i = 1; i <= run; ++i) shielded.insert(prefix(path, i));
    for (std::size_t i = run + 1; i <= path.size(); ++i) {
      const Path entry = prefix(path, i);
      if (entries_.count(entry) != 0) continue;
      bool parent_left = false;
      while (entries_.size() >= capacity_ && !parent_left) {
        const Path victim = choose(entry, shielded, r);
        if (victim.empty()) return run;
        entries_.erase(victim);
        parent_left = policy_ != "fifo" && victim == prefix(path, i - 1);
      }
      if (parent_left) return run;
      entries_[entry] = {r, inserted_++};
    }
    return run;
  }

 private:
  static Path prefix(const Path& path, std::size_t n) {
    return {path.begin(), path.begin() + static_cast<std::ptrdiff_t>(n)};
  }
  bool is_leaf(const Path& path) const {
    return std::none_of(entries_.begin(), entries_.end(), [&](const auto& e) {
      return e.first.size() == path.size() + 1 && prefix(e.first, path.size()) == path;
    });
  }
  std::size_t next_use(const Path& path, std::size_t after) const {
    for (std::size_t r = after + 1; r < requests_.size(); ++r) {
      if (requests_[r].size() >= path.size() && prefix(requests_[r], path.size()) == path) return r;
    }
    return requests_.size();
  }
  Path choose(const Path& incoming, const std::set<Path>& shielded, std::size_t r) const {
    Path best;
    std::pair<std::size_t, std::size_t> best_key;
    for (const auto& [path, state] : entries_) {
      std::pair<std::size_t, std::size_t> key = state;
      if (policy_ == "fifo") {
        key = {0, state.second};
      } else {
        if (shielded.count(path) != 0 || !is_leaf(path)) continue;
        if (policy_ == "belady") {
          if (next_use(path, r) <= next_use(incoming, r)) continue;
          key = {requests_.size() - next_use(path, r), 0};
        }
      }
      if (best.empty() || key < best_key) {
        best = path;
        best_key = key;
      }
    }
    return best;
  }

  std::string policy_;
  std::size_t capacity_;
  const std::vector<Path>& requests_;
  std::map<Path, std::pair<std::size_t, std::size_t>> entries_;
  std::size_t inserted_ = 0;
};

// Ids name content here, not history: the same id below two parents is two entries.
std::vector<Path> random_paths(std::uint64_t seed) {
  Rng rng(seed);
  std::vector<Path> paths;
  for (int r = 0; r < 60; ++r) {
    Path path(1 + rng.below(6));
    for (auto& id : path) id = rng.below(3);
    paths.push_back(path);
  }
  return paths;
}

TEST(PrefixTrie, HitsAsTheNaiveTrieDoes) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const std::vector<Path> paths = random_paths(seed);
    TraceBuilder builder(TraceBuilder::Kind::kBlocks, 1);
    for (const Path& path : paths) {
      RequestRow row;
      row.input_tokens = static_cast<std::uint32_t>(path.size());
      builder.begin_request(row);
      for (std::uint64_t id : path) builder.add_block(id);
    }
    const Trace trace = builder.finish("paths", "test");
    const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
    for (const char* policy : {"fifo", "lru", "belady:bypass=true"}) {
      for (std::size_t capacity : {1, 2, 3, 5, 9, 30, 400}) {
        std::vector<RequestOutcome> per_request;
        ReplayJob job;
        job.stream = &stream;
        job.reuse = Reuse::kPrefix;
        job.capacity = capacity;
        job.per_request = &per_request;
        const ReplayOutcome outcome = replay(job, parse_policy(policy), "prefix_trie");
        EXPECT_LE(outcome.occupied_peak, capacity);
        const std::string name(policy);
        NaiveTrie naive(name.substr(0, name.find(':')), capacity, paths);
        for (std::size_t r = 0; r < paths.size(); ++r) {
          ASSERT_EQ(per_request[r].hit_blocks, naive.request(r))
              << policy << " at " << capacity << ", seed " << seed << ", request " << r;
        }
      }
    }
  }
}

TEST(PrefixTrie, RefusesWhatItDoesNotDefine) {
  TraceBuilder builder(TraceBuilder::Kind::kBlocks, 1);
  RequestRow row;
  row.input_tokens = 1;
  builder.begin_request(row);
  builder.add_block(1);
  const Trace trace = builder.finish("one", "test");
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  ReplayJob job;
  job.stream = &stream;
  job.reuse = Reuse::kPrefix;
  job.capacity = 1;
  EXPECT_THROW((void)replay(job, parse_policy("arc"), "prefix_trie"), InputError);
  EXPECT_THROW((void)replay(job, parse_policy("belady"), "prefix_trie"), InputError);
  job.reuse = Reuse::kObject;
  EXPECT_THROW((void)replay(job, parse_policy("lru"), "prefix_trie"), InputError);
}

}  // namespace
}  // namespace kvsim
