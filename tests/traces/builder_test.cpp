#include <gtest/gtest.h>

#include <map>
#include <random>

#include "sim/core/error.hpp"
#include "tests/traces/support.hpp"
#include "traces/id_interner.hpp"
#include "traces/trace_builder.hpp"

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
