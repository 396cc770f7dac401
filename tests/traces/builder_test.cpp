#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

#include "sim/core/error.hpp"
#include "tests/traces/support.hpp"
#include "traces/id_interner.hpp"
#include "traces/trace_builder.hpp"
#include "traces/writer/write_trace.hpp"

namespace kvsim {
namespace {

using test::values;
using Kind = TraceBuilder::Kind;

void expect_interned(const std::vector<std::uint64_t>& ids) {
  IdInterner interner;
  std::vector<Slot> slots(ids.size());
  // In pieces, so that tables grow between and within batches.
  for (std::size_t i = 0; i < ids.size(); i += 777) {
    interner.intern(std::span(ids).subspan(i, std::min<std::size_t>(777, ids.size() - i)),
                    slots.data() + i);
  }
  std::map<std::uint64_t, Slot> naive;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Slot expected = naive.try_emplace(ids[i], static_cast<Slot>(naive.size())).first->second;
    ASSERT_EQ(slots[i], expected) << "access " << i << " to " << ids[i];
  }
  ASSERT_EQ(interner.ids().size(), naive.size());
  for (const auto& [id, slot] : naive) EXPECT_EQ(interner.ids()[slot], id);
}

TEST(IdInterner, DenseIds) {
  std::vector<std::uint64_t> ids;
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) ids.push_back(random() % 5000);
  expect_interned(ids);
}

TEST(IdInterner, SparseIds) {
  std::vector<std::uint64_t> ids;
  std::mt19937_64 random(2);
  for (int i = 0; i < 20000; ++i) ids.push_back((random() % 5000) * 0x9e3779b97f4a7c15u);
  ids.push_back(UINT64_MAX);
  ids.push_back(0);
  ids.push_back(UINT64_MAX);
  expect_interned(ids);
}

TEST(IdInterner, IdsThatBecomeDenseAfterTheyWereSparse) {
  // Beyond 2^20 an id is first kept in the table, and then, as accesses add up, in the array.
  std::vector<std::uint64_t> ids;
  for (std::uint64_t i = 0; i < 600000; ++i) ids.push_back((1u << 20) + i % 300000);
  for (std::uint64_t i = 0; i < 600000; ++i) ids.push_back((1u << 20) + (i * 7) % 1200000);
  for (std::uint64_t i = 0; i < 1000; ++i) ids.push_back(i << 40);
  expect_interned(ids);
}

TEST(IdInterner, RunsAreTheirIdsOneByOne) {
  // Short and long runs, dense, sparse and on the border between, among single ids.
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    IdInterner runs, single;
    for (int step = 0; step < 400; ++step) {
      const std::uint64_t start = random() % 3 == 0   ? random() >> 20
                                  : random() % 2 == 0 ? (1u << 20) + random() % 5000 - 2500
                                                      : random() % 20000;
      const std::size_t count = random() % 5 == 0 ? random() % 5000 : random() % 20;
      std::vector<std::uint64_t> ids(count);
      std::iota(ids.begin(), ids.end(), start);
      std::vector<Slot> by_run(count), one_by_one(count);
      if (random() % 4 == 0) {
        runs.intern(ids, by_run.data());
      } else {
        runs.intern_run(start, count, by_run.data());
      }
      for (std::size_t i = 0; i < count; ++i) {
        single.intern(std::span(ids).subspan(i, 1), &one_by_one[i]);
      }
      ASSERT_EQ(by_run, one_by_one) << "seed " << seed << ", step " << step;
    }
    EXPECT_TRUE(std::ranges::equal(runs.ids(), single.ids()));
  }
}

TEST(PathInterner, TellsPathsApart) {
  PathInterner interner;
  const Slot a = interner.intern(kNoSlot, 0, 7);
  EXPECT_EQ(interner.intern(kNoSlot, 0, 7), a);
  const Slot b = interner.intern(kNoSlot, 1, 7);
  const Slot c = interner.intern(a, 0, 7);
  const Slot d = interner.intern(b, 0, 7);
  EXPECT_EQ((std::vector<Slot>{a, b, c, d}), (std::vector<Slot>{0, 1, 2, 3}));
  for (std::uint64_t i = 0; i < 5000; ++i) interner.intern(a, 2, i);
  EXPECT_EQ(interner.intern(a, 0, 7), c);
  EXPECT_EQ(interner.distinct(), 5004u);
}

TEST(TraceBuilder, ObjectsWithSizesThatChange) {
  TraceBuilder builder(Kind::kObjects);
  builder.add_object(70, 100);
  builder.add_object(80, 200);
  builder.add_object(70, 100);
  builder.add_object(70, 150);
  const Trace trace = builder.finish("t", "test");
  ASSERT_TRUE(trace.is_object_trace());
  EXPECT_EQ(trace.requests.count, 4u);
  EXPECT_TRUE(trace.blocks->offset.empty());
  EXPECT_EQ(trace.blocks->distinct, 2u);
  EXPECT_EQ(values(trace.blocks->slot), (std::vector<Slot>{0, 1, 0, 0}));
  EXPECT_EQ(values(trace.blocks->id), (std::vector<std::uint64_t>{70, 80}));
  EXPECT_EQ(values(trace.blocks->bytes), (std::vector<std::uint32_t>{100, 200}));
  EXPECT_EQ(values(trace.blocks->access_bytes), (std::vector<std::uint32_t>{100, 200, 100, 150}));
  EXPECT_TRUE(trace.requests.arrival.empty());
}

TEST(TraceBuilder, ObjectsInBulkEqualObjectsOneByOne) {
  std::vector<std::uint64_t> ids;
  std::vector<std::uint32_t> bytes;
  std::vector<TimeNs> times;
  TraceBuilder one(Kind::kObjects), bulk(Kind::kObjects);
  std::mt19937_64 random(3);
  for (int i = 0; i < 10000; ++i) {
    ids.push_back(random() % 1000 * 1'000'000'007u);
    bytes.push_back(static_cast<std::uint32_t>(ids.back() % 91 + (i > 9000 ? 1 : 0)));
    times.push_back(i);
    RequestRow row;
    row.arrival = i;
    one.add_object(ids.back(), bytes.back(), row);
  }
  bulk.add_objects(std::span(ids).first(1000), std::span(bytes).first(1000),
                   std::span(times).first(1000));
  bulk.add_objects(std::span(ids).subspan(1000), std::span(bytes).subspan(1000),
                   std::span(times).subspan(1000));
  const Trace a = one.finish("t", "test");
  EXPECT_FALSE(a.blocks->access_bytes.empty());
  test::expect_equal(a, bulk.finish("t", "test"));
}

/// Sizes object by object as a map would keep them.
TEST(TraceBuilder, SizesThatAreAlikeForAWhile) {
  for (const std::uint32_t first : {0u, 1u, 4096u}) {
    for (const int alike : {0, 1, 4095, 4096, 9000, 20000}) {
      std::mt19937_64 random(static_cast<std::uint64_t>(alike));
      TraceBuilder builder(Kind::kObjects);
      std::map<std::uint64_t, std::uint32_t> sizes;
      std::vector<std::uint32_t> of_accesses;
      bool changes = false;
      for (int i = 0; i < 20000; ++i) {
        const std::uint64_t id = random() % 5000;
        const std::uint32_t size =
            i < alike ? first : static_cast<std::uint32_t>(id % 7 + i / 15000);
        changes |= sizes.try_emplace(id, size).first->second != size;
        of_accesses.push_back(size);
        builder.add_object(id, size);
      }
      const BlockColumns blocks = *builder.finish("t", "test").blocks;
      if (first == 0 && alike == 20000) {
        EXPECT_TRUE(blocks.bytes.empty());
        continue;
      }
      ASSERT_EQ(blocks.bytes.size(), sizes.size());
      for (Slot s = 0; s < blocks.distinct; ++s) ASSERT_EQ(blocks.bytes[s], sizes[blocks.id[s]]);
      EXPECT_EQ(values(blocks.access_bytes), changes ? of_accesses : std::vector<std::uint32_t>{});
    }
  }
}

TEST(TraceBuilder, RunsOfBlocksEqualTheirBlocks) {
  std::mt19937_64 random(4);
  TraceBuilder runs(Kind::kBlocks, 16), naive(Kind::kBlocks, 16);
  for (int request = 0; request < 300; ++request) {
    runs.begin_request({});
    naive.begin_request({});
    for (std::uint64_t n = random() % 4; n > 0; --n) {
      const std::uint64_t first = random() % 30000;
      const std::uint64_t count = 1 + random() % 900;
      runs.add_block_run(first, count);
      for (std::uint64_t i = 0; i < count; ++i) naive.add_block(first + i);
    }
    if (request % 3 == 0) {
      runs.add_block(7);
      naive.add_block(7);
    }
  }
  test::expect_equal(runs.finish("t", "test"), naive.finish("t", "test"));
}

TEST(TraceBuilder, ATraceThatSpillsIsTheSame) {
  const test::TemporaryFolder folder;
  TraceBuilder in_memory(Kind::kObjects), spilling(Kind::kObjects, 0, folder.path());
  std::mt19937_64 random(5);
  std::vector<std::uint64_t> ids(1u << 16);
  std::vector<std::uint32_t> sizes(ids.size());
  std::vector<TimeNs> times(ids.size());
  for (std::uint64_t done = 0; done * sizeof(TimeNs) <= GrowingMemory::kInMemory;
       done += ids.size()) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      ids[i] = random() % 100000 * 0x9e3779b97f4a7c15u;
      sizes[i] = static_cast<std::uint32_t>(random() % 100);
      times[i] = static_cast<TimeNs>(done + i);
    }
    in_memory.add_objects(ids, sizes, times);
    spilling.add_objects(ids, sizes, times);
  }
  const Trace a = in_memory.finish("t", "test");
  const Trace b = spilling.finish("t", "test");
  EXPECT_FALSE(a.requests.arrival.in_file());
  EXPECT_TRUE(b.requests.arrival.in_file());
  EXPECT_TRUE(folder.names().empty());
  test::expect_equal(a, b);
  write_trace(a, folder.path() / "a.kvt", "kvt");
  write_trace(b, folder.path() / "b.kvt", "kvt");
  EXPECT_TRUE(test::read_file(folder.path() / "a.kvt") == test::read_file(folder.path() / "b.kvt"));
}

TEST(TraceBuilder, BlocksAndWhatRequestsCarry) {
  TraceBuilder builder(Kind::kBlocks, 16);
  RequestRow first;
  first.input_tokens = 20;
  builder.begin_request(first);
  builder.add_blocks(std::vector<std::uint64_t>{5, 6});
  RequestRow second;
  second.session = "s";
  second.arrival = 42;
  second.parent = 0;
  builder.begin_request(second);
  builder.begin_request({});
  builder.add_block(6);
  const Trace trace = builder.finish("t", "test");
  EXPECT_EQ(values(trace.blocks->offset), (std::vector<std::uint64_t>{0, 2, 2, 3}));
  EXPECT_EQ(values(trace.blocks->slot), (std::vector<Slot>{0, 1, 1}));
  EXPECT_EQ(values(trace.requests.input_tokens), (std::vector<std::uint32_t>{20, 0, 0}));
  EXPECT_EQ(values(trace.requests.arrival), (std::vector<TimeNs>{0, 42, 0}));
  EXPECT_EQ(values(trace.requests.session), (std::vector<std::uint32_t>{kNone, 0, kNone}));
  EXPECT_EQ(trace.requests.session_names[0], "s");
  EXPECT_EQ(values(trace.requests.parent), (std::vector<std::uint32_t>{kNone, 0, kNone}));
  EXPECT_TRUE(trace.requests.priority.empty());
  EXPECT_TRUE(trace.requests.tenant_names.size() == 0);
}

TEST(TraceBuilder, EventsInOrderOfTheirNumbers) {
  TraceBuilder builder(Kind::kTokens);
  builder.begin_request({});
  builder.add_tokens(std::vector<Token>{1, 2, 3}, std::vector<Token>{4});
  builder.add_event(10, EventKind::kRelease, 0, 2);
  builder.begin_request({});
  builder.add_tokens(std::vector<Token>{1}, {});
  builder.add_event(7, EventKind::kLookup, 0, 1);
  const Trace trace = builder.finish("t", "test");
  EXPECT_EQ(values(trace.requests.input_tokens), (std::vector<std::uint32_t>{3, 1}));
  EXPECT_EQ(values(trace.requests.output_tokens), (std::vector<std::uint32_t>{1, 0}));
  EXPECT_EQ(values(trace.tokens->offset), (std::vector<std::uint64_t>{0, 4, 5}));
  ASSERT_TRUE(trace.events);
  EXPECT_EQ(values(trace.events->request), (std::vector<std::uint32_t>{1, 0}));
}

TEST(TraceBuilder, RefusesSequenceNumbersThatRepeat) {
  TraceBuilder builder(Kind::kTokens);
  builder.begin_request({});
  builder.add_tokens(std::vector<Token>{1}, {});
  builder.add_event(7, EventKind::kLookup, 0, 1);
  builder.add_event(7, EventKind::kInsert, 0, 1);
  EXPECT_THROW(builder.finish("t", "test"), InputError);
}

TEST(TraceBuilder, IsEmptyAfterwards) {
  TraceBuilder builder(Kind::kObjects);
  builder.add_object(1, 0);
  EXPECT_EQ(builder.finish("t", "test").requests.count, 1u);
  EXPECT_EQ(builder.finish("t", "test").requests.count, 0u);
}

}  // namespace
}  // namespace kvsim
