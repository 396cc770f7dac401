// Replays through keys: equal to exact ones where no keys coincide, and to a naive account of
// owners, false hits and poison where they do.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/engine/replay.hpp"
#include "sim/hash/hasher.hpp"
#include "tests/engine/random_requests.hpp"
#include "traces/reader/open_trace.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

/// Requests over few tokens, so that prefixes are shared; with token ids.
Trace random_tokens(std::uint64_t seed, int requests) {
  Rng rng(seed);
  TraceBuilder builder(TraceBuilder::Kind::kTokens);
  for (int r = 0; r < requests; ++r) {
    const std::uint64_t count = 1 + rng.below(40);
    std::vector<Token> tokens;
    for (std::uint64_t i = 0; i < count; ++i) {
      tokens.push_back(static_cast<Token>(i % 4 == 0 ? rng.below(4) : i));
    }
    builder.begin_request({});
    builder.add_tokens(tokens, {});
  }
  return builder.finish("tokens", "test");
}

struct Keyed {
  Keyed(const AccessStream& of, const KeySpec& spec)
      : blocks(of), keys(make_block_keys(of, spec)), stream(keyed_stream(of, keys)) {
    stream.next = derive_next(stream);
  }
  ReplayJob job(Reuse reuse, std::uint64_t capacity) const {
    ReplayJob job;
    job.stream = &stream;
    job.reuse = reuse;
    job.capacity = capacity;
    job.keyed = KeyedLookups{&keys, &blocks, table, 0.8};
    return job;
  }
  const AccessStream& blocks;
  BlockKeys keys;
  AccessStream stream;
  ComponentSpec table{"dense", {}};
};

KeySpec keys_of(const char* hash, unsigned bits) {
  return {parse_hash(hash), bits, 0, {"kvsim", {}}};
}

/// What a cache of `capacity` entries under LRU does that knows keys only.
struct NaiveLru {
  struct Entry {
    Slot owner;
    bool poisoned;
    std::size_t entries_before;
  };
  std::map<std::uint64_t, Entry> entries;
  std::list<std::uint64_t> order;  // newest first
  std::uint64_t capacity;

  void touch(std::uint64_t key, Slot block, bool poisoned) {
    if (entries.count(key) != 0) {
      order.remove(key);
    } else {
      if (entries.size() == capacity) {
        entries.erase(order.back());
        order.pop_back();
      }
      const std::size_t before = entries.size();
      entries[key] = {block, poisoned, before};
    }
    order.push_front(key);
  }
};

struct NaiveOutcome {
  std::uint64_t hits = 0;
  KeyedCounts counts;
};

NaiveOutcome naive_lru(const AccessStream& stream, const BlockKeys& keys, Reuse reuse,
                       std::uint64_t capacity) {
  NaiveLru cache{{}, {}, capacity};
  NaiveOutcome outcome;
  for (std::uint64_t r = 0; r < stream.requests; ++r) {
    std::vector<Slot> blocks(stream.slot.begin() + stream.begin(r),
                             stream.slot.begin() + stream.end(r));
    const bool reversed = stream.touch_order == TouchOrder::kTailFirst;
    if (reversed) std::reverse(blocks.begin(), blocks.end());
    std::size_t affected = blocks.size();
    bool is_affected = false;
    const auto look_up = [&](std::size_t i) {
      const auto it = cache.entries.find(keys.word[blocks[i]]);
      const bool hit = it != cache.entries.end();
      const bool is_false = hit && it->second.owner != blocks[i];
      const std::size_t entries =
          hit && !is_false ? it->second.entries_before : cache.entries.size();
      outcome.counts.expected_false_hits +=
          static_cast<double>(entries) / std::pow(2.0, keys.spec.bits);
      outcome.hits += hit ? 1U : 0U;
      outcome.counts.false_hits += is_false ? 1U : 0U;
      if (is_false || (hit && it->second.poisoned)) {
        affected = std::min(affected, i);
        is_affected = true;
      }
      return hit;
    };
    const auto touch = [&](std::size_t i) {
      cache.touch(keys.word[blocks[i]], blocks[i], is_affected && i >= affected);
    };
    if (reuse == Reuse::kObject) {
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        if (i < stream.lookups_of(r)) look_up(i);
        touch(i);
      }
    } else {
      for (std::size_t i = 0; i < stream.lookups_of(r) && look_up(i); ++i) {
      }
      for (std::size_t n = 0; n < blocks.size(); ++n) touch(reversed ? blocks.size() - 1 - n : n);
    }
    if (is_affected) {
      ++outcome.counts.affected_requests;
      outcome.counts.affected_tokens +=
          stream.trace->requests.input_tokens[r] - affected * stream.block_size;
    }
  }
  return outcome;
}

void expect_as_naive(const AccessStream& stream, const KeySpec& spec, Reuse reuse,
                     std::uint64_t capacity) {
  const Keyed keyed(stream, spec);
  const ReplayOutcome outcome = replay(keyed.job(reuse, capacity), parse_policy("lru"));
  const NaiveOutcome naive = naive_lru(stream, keyed.keys, reuse, capacity);
  EXPECT_EQ(outcome.counts.hits, naive.hits);
  EXPECT_EQ(outcome.keyed->counts.false_hits, naive.counts.false_hits);
  EXPECT_EQ(outcome.keyed->counts.affected_requests, naive.counts.affected_requests);
  EXPECT_EQ(outcome.keyed->counts.affected_tokens, naive.counts.affected_tokens);
  EXPECT_NEAR(outcome.keyed->counts.expected_false_hits, naive.counts.expected_false_hits,
              1e-9 * (1 + naive.counts.expected_false_hits));
}

TEST(KeyedReplay, CountsAsANaiveAccountDoes) {
  std::uint64_t false_hits = 0;
  std::uint64_t poisoned_only = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Trace trace =
        seed % 2 == 0 ? random_tokens(seed, 150) : test::random_requests(seed, 300, 200, 12);
    const Reuse reuse = seed % 3 == 0 ? Reuse::kObject : Reuse::kPrefix;
    const Lookup lookup = seed % 5 == 0 ? Lookup::kFullBlocks : Lookup::kAll;
    const TouchOrder order =
        reuse == Reuse::kPrefix && seed % 4 == 1 ? TouchOrder::kTailFirst : TouchOrder::kHeadFirst;
    const AccessStream stream = make_stream(trace, seed % 2 == 0 ? 4 : 0, lookup, order);
    for (const unsigned bits : {3U, 6U, 9U, 64U}) {
      for (const std::uint64_t capacity : {3U, 20U, 200U}) {
        SCOPED_TRACE(testing::Message() << seed << ", " << bits << " bits, capacity " << capacity);
        expect_as_naive(stream, keys_of("xxh3_64", bits), reuse, capacity);
        if (testing::Test::HasFailure()) return;
        const Keyed keyed(stream, keys_of("xxh3_64", bits));
        const auto outcome = replay(keyed.job(reuse, capacity), parse_policy("lru"));
        false_hits += outcome.keyed->counts.false_hits;
        poisoned_only += outcome.keyed->counts.affected_requests;
      }
    }
  }
  EXPECT_GT(false_hits, 1000u);  // or the test shows nothing
  EXPECT_GT(poisoned_only, 1000u);
}

TEST(KeyedReplay, AFalseHitPoisonsWhatIsComputedAfterIt) {
  // Keys of two bits by identity: 1 and 5 coincide. Blocks of one token each.
  TraceBuilder builder(TraceBuilder::Kind::kBlocks, 1);
  const auto request = [&](const std::vector<std::uint64_t>& ids) {
    RequestRow row;
    row.input_tokens = static_cast<std::uint32_t>(ids.size());
    builder.begin_request(row);
    for (const std::uint64_t id : ids) builder.add_block(id);
  };
  request({1});        // inserts key 1, owned by block 1
  request({5, 2, 3});  // key 1: a false hit; 2 and 3 are computed on the wrong state
  request({2});        // hits an entry that is its own, but poisoned
  request({1, 3});     // block 1 is right; 3 is poisoned
  const Trace trace = builder.finish("poison", "test");
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  const Keyed keyed(stream, keys_of("identity", 2));
  EXPECT_EQ(keyed.keys.blocks, 4u);
  EXPECT_EQ(keyed.keys.keys, 3u);
  EXPECT_EQ(keyed.keys.inputs, 4u);
  const auto outcome = replay(keyed.job(Reuse::kPrefix, 10), parse_policy("lru"));
  EXPECT_EQ(outcome.counts.hits, 4u);
  EXPECT_EQ(outcome.keyed->counts.false_hits, 1u);
  EXPECT_EQ(outcome.keyed->counts.affected_requests, 3u);
  EXPECT_EQ(outcome.keyed->counts.affected_tokens, 3u + 1u + 1u);
  // Looked up: 1 among 0 entries; 5 and 2 among 1, and 2 again, which came in beside 1; 1, which
  // came in among 0, and 3, which came in beside 2.
  EXPECT_DOUBLE_EQ(outcome.keyed->counts.expected_false_hits, (0 + 1 + 1 + 1 + 0 + 2) / 4.0);
}

TEST(KeyedReplay, AWarmUpIsCountedNowhere) {
  const Trace trace = random_tokens(3, 200);
  const AccessStream stream = make_stream(trace, 4, Lookup::kAll, TouchOrder::kHeadFirst);
  const Keyed keyed(stream, keys_of("xxh3_64", 5));
  ReplayJob job = keyed.job(Reuse::kPrefix, 50);
  const auto whole = replay(job, parse_policy("lru"));
  job.warmup.share = 0.5;
  const auto half = replay(job, parse_policy("lru"));
  EXPECT_GT(half.keyed->counts.false_hits, 0u);
  EXPECT_LT(half.keyed->counts.false_hits, whole.keyed->counts.false_hits);
  job.warmup.share = 0.999;
  EXPECT_LE(replay(job, parse_policy("lru")).keyed->counts.affected_requests, 1u);
}

const std::vector<std::string> kPolicies = [] {
  std::vector<std::string> names;
  for (const ComponentInfo& info : list_policies()) names.push_back(info.name);
  names.push_back("tinylfu+lru");
  names.push_back("belady:bypass=true");
  return names;
}();

TEST(KeyedReplay, IsTheExactReplayWhereAllKeysDiffer) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const Trace trace = test::random_requests(seed, 400, 300, 10);
    const TouchOrder order = seed % 2 == 0 ? TouchOrder::kHeadFirst : TouchOrder::kTailFirst;
    AccessStream stream = make_stream(trace, 0, Lookup::kAll, order);
    stream.next = derive_next(stream);
    for (const std::string& name : kPolicies) {
      const PolicySpec policy = parse_policy(name);
      ReplayJob exact;
      exact.stream = &stream;
      exact.reuse = Reuse::kPrefix;
      exact.capacity = 40;
      std::vector<RequestOutcome> expected;
      exact.per_request = &expected;
      const ReplayOutcome without = replay(exact, policy);
      for (const ComponentInfo& table : list_tables()) {
        SCOPED_TRACE(testing::Message() << seed << " " << name << " " << table.name);
        Keyed keyed(stream, keys_of("xxh3_64", 64));
        keyed.table = {table.name, {}};
        ReplayJob job = keyed.job(Reuse::kPrefix, 40);
        std::vector<RequestOutcome> found;
        job.per_request = &found;
        const ReplayOutcome with = replay(job, policy);
        ASSERT_EQ(with.keyed->counts.false_hits, 0u);
        ASSERT_EQ(with.keyed->counts.affected_requests, 0u);
        ASSERT_EQ(with.counts.hits, without.counts.hits);
        ASSERT_EQ(with.counts.hit_tokens, without.counts.hit_tokens);
        ASSERT_EQ(with.counts.cache.evictions, without.counts.cache.evictions);
        for (std::size_t r = 0; r < expected.size(); ++r) {
          ASSERT_EQ(expected[r].hit_blocks, found[r].hit_blocks) << r;
          ASSERT_EQ(expected[r].insertions, found[r].insertions) << r;
          ASSERT_EQ(expected[r].evictions, found[r].evictions) << r;
          ASSERT_EQ(expected[r].rejected, found[r].rejected) << r;
        }
        if (table.name != "dense") {
          const auto& cache = with.counts.cache;
          ASSERT_EQ(with.keyed->table->size, cache.insertions - cache.evictions);
        }
      }
    }
  }
}

TEST(KeyedReplay, EveryPolicyGoesThroughKeysThatCoincide) {
  const Trace trace = random_tokens(11, 300);
  const AccessStream stream = make_stream(trace, 4, Lookup::kAll, TouchOrder::kHeadFirst);
  for (const std::string& name : kPolicies) {
    for (const ComponentInfo& table : list_tables()) {
      SCOPED_TRACE(testing::Message() << name << " " << table.name);
      Keyed keyed(stream, keys_of("xxh3_64", 7));
      keyed.table = {table.name, {}};
      const auto outcome = replay(keyed.job(Reuse::kPrefix, 60), parse_policy(name));
      EXPECT_GT(outcome.keyed->counts.false_hits, 0u);
      EXPECT_GE(outcome.counts.hits, outcome.keyed->counts.false_hits);
      if (outcome.keyed->table) {
        const auto& cache = outcome.counts.cache;
        EXPECT_EQ(outcome.keyed->table->size, cache.insertions - cache.evictions);
      }
    }
  }
}

// False hits over what is expected of them, summed over seeds.
double by_chance(const AccessStream& stream, Reuse reuse, std::uint64_t capacity) {
  double observed = 0;
  double expected = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    KeySpec spec = keys_of("xxh3_64", 20);
    spec.seed = seed;
    const Keyed keyed(stream, spec);
    const auto counts = replay(keyed.job(reuse, capacity), parse_policy("lru")).keyed->counts;
    observed += static_cast<double>(counts.false_hits);
    expected += counts.expected_false_hits;
  }
  EXPECT_GT(expected, 500);
  return observed / expected;
}

TEST(KeyedReplay, FalseHitsAreAsManyAsAnIdealHashMakes) {
  Rng rng(5);
  TraceBuilder fresh(TraceBuilder::Kind::kObjects);
  TraceBuilder popular(TraceBuilder::Kind::kObjects);
  for (int i = 0; i < 20'000; ++i) {
    fresh.add_object(rng.next() >> 1, 0);
    popular.add_object(rng.below(1 + rng.below(6000)), 0);
  }
  // Nothing comes back.
  const Trace once = fresh.finish("fresh", "test");
  const AccessStream objects = make_stream(once, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  EXPECT_NEAR(by_chance(objects, Reuse::kObject, 1500), 1, 0.1);
  // Nothing leaves.
  const Trace again = popular.finish("popular", "test");
  const AccessStream hot = make_stream(again, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  EXPECT_NEAR(by_chance(hot, Reuse::kObject, 20'000), 1, 0.1);
  const Trace requests = test::random_requests(4, 4000, 3000, 20);
  const AccessStream prefixes = make_stream(requests, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  EXPECT_NEAR(by_chance(prefixes, Reuse::kPrefix, 20'000), 1, 0.1);
  // Blocks leave and come back.
  const double in_between = by_chance(hot, Reuse::kObject, 1500);
  EXPECT_LT(in_between, 1);
  EXPECT_GT(in_between, 0.67);
}

TEST(KeyedReplay, OfARecordedTraceEveryTableGivesTheExactCounts) {
  const std::filesystem::path file = std::filesystem::path(KVSIM_SOURCE_DIR) /
                                     "../shared/traces/mooncake/conversation_trace.jsonl";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  const Trace trace = open_trace(file);
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  Keyed keyed(stream, keys_of("xxh3_64", 64));
  EXPECT_EQ(keyed.keys.blocks, 182'790u);
  for (const char* policy : {"fifo", "lru", "lfu", "arc"}) {
    for (const std::uint64_t capacity : {1000U, 10'000U, 50'000U}) {
      ReplayJob exact;
      exact.stream = &stream;
      exact.reuse = Reuse::kPrefix;
      exact.capacity = capacity;
      const ReplayCounts without = replay(exact, parse_policy(policy)).counts;
      for (const ComponentInfo& table : list_tables()) {
        SCOPED_TRACE(testing::Message() << policy << " " << capacity << " " << table.name);
        keyed.table = {table.name, {}};
        const ReplayOutcome with =
            replay(keyed.job(Reuse::kPrefix, capacity), parse_policy(policy));
        EXPECT_EQ(with.counts.hits, without.hits);
        EXPECT_EQ(with.counts.hit_tokens, without.hit_tokens);
        EXPECT_EQ(with.counts.cache.evictions, without.cache.evictions);
        EXPECT_EQ(with.keyed->counts.false_hits, 0u);
      }
    }
  }
}

TEST(BlockKeys, FollowTheirDefinition) {
  const Trace trace = random_tokens(1, 50);
  const AccessStream stream = make_stream(trace, 4, Lookup::kAll, TouchOrder::kHeadFirst);
  for (const unsigned bits : {20U, 64U}) {
    const BlockKeys keys = make_block_keys(stream, keys_of("xxh3_64", bits));
    const auto hasher = make_hasher(parse_hash("xxh3_64"), 0);
    for (std::uint64_t r = 0; r < stream.requests; ++r) {
      std::uint64_t parent = 0;
      for (std::uint64_t i = stream.begin(r); i < stream.end(r); ++i) {
        const std::uint64_t at = trace.tokens->offset[r] + 4 * (i - stream.begin(r));
        const std::uint64_t end = trace.tokens->offset[r] + trace.requests.input_tokens[r];
        const std::uint64_t count = std::min<std::uint64_t>(4, end - at);
        std::vector<std::byte> input(8 + 4 * count);
        std::memcpy(input.data(), &parent, 8);
        std::memcpy(input.data() + 8, trace.tokens->token.data() + at, 4 * count);
        parent = truncated(hasher->digest(input), bits).words[0];
        ASSERT_EQ(keys.word[stream.slot[i]], parent);
      }
    }
  }
}

TEST(BlockKeys, OfParentsThatCollideAreHashedFromOneInput) {
  // By keys of one bit half of the parents collide; children with equal tokens then must.
  const Trace trace = random_tokens(2, 100);
  const AccessStream stream = make_stream(trace, 4, Lookup::kAll, TouchOrder::kHeadFirst);
  const BlockKeys keys = make_block_keys(stream, keys_of("xxh3_64", 1));
  EXPECT_LE(keys.keys, 2u);
  std::set<std::pair<std::uint64_t, std::vector<Token>>> inputs;
  for (std::uint64_t r = 0; r < stream.requests; ++r) {
    std::uint64_t parent = 0;  // as of a first block
    for (std::uint64_t i = stream.begin(r); i < stream.end(r); ++i) {
      const std::uint64_t at = trace.tokens->offset[r] + 4 * (i - stream.begin(r));
      const std::uint64_t end = trace.tokens->offset[r] + trace.requests.input_tokens[r];
      const auto first = trace.tokens->token.begin() + at;
      inputs.emplace(parent,
                     std::vector<Token>(first, first + std::min<std::uint64_t>(4, end - at)));
      parent = keys.word[stream.slot[i]];
    }
  }
  EXPECT_EQ(keys.inputs, inputs.size());
  EXPECT_LT(keys.inputs, keys.blocks);
}

TEST(BlockKeys, RefuseWhatDoesNotFit) {
  EXPECT_THROW((void)checked(keys_of("xxh3_64", 65)), InputError);
  KeySpec seeded = keys_of("identity", 0);
  seeded.seed = 1;
  EXPECT_THROW((void)checked(seeded), InputError);
  const Trace trace = test::random_requests(1, 10, 5, 5);
  const AccessStream stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  KeySpec chained;
  chained.chain = {"vllm_sha256_cbor", {}};
  EXPECT_THROW((void)make_block_keys(stream, chained), InputError);
  EXPECT_EQ(checked(chained).hash.name, "sha256");
  EXPECT_EQ(checked(chained).bits, 256u);
  const Keyed keyed(stream, keys_of("xxh3_64", 64));
  EXPECT_THROW((void)replay(keyed.job(Reuse::kPrefix, 5), parse_policy("lru"), "prefix_trie"),
               InputError);
}

}  // namespace
}  // namespace kvsim
