#include "sim/engine/stream.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "sim/core/error.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

Trace two_requests() {
  TraceBuilder builder(TraceBuilder::Kind::kBlocks, 4);
  RequestRow row;
  row.input_tokens = 10;  // two full blocks and two tokens
  builder.begin_request(row);
  for (std::uint64_t id : {7, 8, 9}) builder.add_block(id);
  row.input_tokens = 8;  // exactly two full blocks
  builder.begin_request(row);
  for (std::uint64_t id : {7, 5}) builder.add_block(id);
  return builder.finish("two", "test");
}

std::vector<Slot> slots(const AccessStream& s) { return {s.slot.begin(), s.slot.end()}; }

TEST(Stream, AllBlocksHeadFirst) {
  const Trace trace = two_requests();
  const AccessStream s = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  EXPECT_EQ(slots(s), (std::vector<Slot>{0, 1, 2, 0, 3}));
  EXPECT_EQ(s.lookups_of(0), 3U);
  EXPECT_EQ(s.prefix_tokens(0, 2), 8U);
  EXPECT_EQ(s.prefix_tokens(0, 3), 10U);
  EXPECT_EQ(s.prefix_tokens(1, 2), 8U);
}

TEST(Stream, TailFirstReversesEachRequest) {
  const Trace trace = two_requests();
  const AccessStream s = make_stream(trace, 4, Lookup::kAll, TouchOrder::kTailFirst);
  EXPECT_EQ(slots(s), (std::vector<Slot>{2, 1, 0, 3, 0}));
}

TEST(Stream, FullBlocksNeverLookUpTheLastToken) {
  const Trace trace = two_requests();
  const AccessStream s = make_stream(trace, 0, Lookup::kFullBlocks, TouchOrder::kHeadFirst);
  EXPECT_EQ(slots(s), (std::vector<Slot>{0, 1, 0, 3}));  // the partly filled block is not cached
  EXPECT_EQ(s.lookups_of(0), 2U);                        // (10-1)/4
  EXPECT_EQ(s.lookups_of(1), 1U);                        // (8-1)/4: its last block is recomputed
  EXPECT_EQ(s.prefix_tokens(0, 2), 8U);
}

TEST(Stream, NextPositionsFollowTheTouchOrder) {
  const Trace trace = two_requests();
  const AccessStream s = make_stream(trace, 0, Lookup::kAll, TouchOrder::kTailFirst);
  const Column<Position> next = derive_next(s);
  EXPECT_EQ((std::vector<Position>{next.begin(), next.end()}),
            (std::vector<Position>{kNever, kNever, 4, kNever, kNever}));
}

TEST(Stream, ARequestWithoutBlocksHasNoneToLookUp) {
  TraceBuilder builder(TraceBuilder::Kind::kBlocks, 512);
  RequestRow row;
  row.input_tokens = 7;
  builder.begin_request(row);
  builder.set_tokens_per_block(0);
  builder.begin_request(row);
  builder.set_tokens_per_block(3);
  builder.add_block(1);
  const Trace trace = builder.finish("empty", "test");
  const AccessStream s = make_stream(trace, 0, Lookup::kFullBlocks, TouchOrder::kHeadFirst);
  EXPECT_EQ(s.lookups_of(0), 0U);
  EXPECT_EQ(s.lookups_of(1), 1U);
}

TEST(Stream, RefusesEventsBeyondARequestsBlocks) {
  TraceBuilder builder(TraceBuilder::Kind::kTokens);
  RequestRow row;
  row.input_tokens = 4;
  builder.begin_request(row);
  const std::vector<Token> input = {1, 2, 3, 4};
  builder.add_tokens(input, {});
  builder.add_event(0, EventKind::kInsert, 0, 2);
  const Trace trace = builder.finish("recorded", "test");
  EXPECT_NO_THROW((void)make_stream(trace, 2, Lookup::kAll, TouchOrder::kHeadFirst));
  EXPECT_THROW((void)make_stream(trace, 4, Lookup::kAll, TouchOrder::kHeadFirst), InputError);
  EXPECT_THROW((void)make_stream(trace, 16, Lookup::kAll, TouchOrder::kHeadFirst), InputError);
}

TEST(Stream, RefusesWhatTheTraceLacks) {
  const Trace blocks = two_requests();
  EXPECT_THROW((void)make_stream(blocks, 8, Lookup::kAll, TouchOrder::kHeadFirst), InputError);
  TraceBuilder lengths(TraceBuilder::Kind::kLengths);
  RequestRow row;
  row.input_tokens = 3;
  lengths.begin_request(row);
  const Trace load = lengths.finish("load", "test");
  EXPECT_THROW((void)make_stream(load, 0, Lookup::kAll, TouchOrder::kHeadFirst), InputError);
  TraceBuilder objects(TraceBuilder::Kind::kObjects);
  objects.add_object(1, 0);
  const Trace object = objects.finish("objects", "test");
  EXPECT_THROW((void)make_stream(object, 0, Lookup::kFullBlocks, TouchOrder::kHeadFirst),
               InputError);
}

}  // namespace
}  // namespace kvsim
