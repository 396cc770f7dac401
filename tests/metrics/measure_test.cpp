#include "sim/metrics/measure.hpp"

#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "sim/metrics/per_request.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {
namespace {

constexpr TimeNs kSecond = 1'000'000'000;

// Four requests of 4-token blocks: two categories, one request without; three hours.
struct Small {
  Small() {
    trace.name = "small";
    trace.requests.count = 4;
    trace.requests.input_tokens = std::vector<std::uint32_t>{8, 7, 3, 8};
    trace.requests.arrival =
        std::vector<TimeNs>{10 * kSecond, 5 * kSecond, 3605 * kSecond, 7300 * kSecond};
    trace.requests.category = std::vector<std::uint32_t>{1, 0, kNone, 1};
    trace.requests.category_names = {std::vector<std::uint64_t>{0, 4, 7},
                                     std::vector<char>{'c', 'h', 'a', 't', 'r', 'a', 'g'}};
    BlockColumns blocks;
    blocks.block_size = 4;
    blocks.distinct = 5;
    blocks.offset = std::vector<std::uint64_t>{0, 2, 4, 5, 7};
    blocks.slot = std::vector<Slot>{0, 1, 0, 2, 3, 0, 4};
    trace.blocks = blocks;
    stream = make_stream(trace, 0, Lookup::kAll, TouchOrder::kHeadFirst);
  }
  Trace trace;
  AccessStream stream;
  std::vector<RequestOutcome> outcomes{
      {0, 2, 0, 0, 0, 0}, {1, 1, 1, 0, 4, 0}, {0, 1, 1, 0, 0, 0}, {2, 0, 0, 1, 8, 0}};
};

TEST(Ratios, AreAbsentWithoutADenominator) {
  Counts counts;
  EXPECT_EQ(ratios_of(counts, 0), Ratios{});
  counts.requests = 4;
  counts.accesses = 10;
  counts.hits = 5;
  counts.tokens = 0;
  counts.hit_tokens = 0;
  counts.bytes = 100;
  counts.hit_bytes = 25;
  EXPECT_EQ(ratios_of(counts, 1), (Ratios{0.5, std::nullopt, 0.25, 0.25}));
}

TEST(Groups, ThoseWithoutAreApartFromACategoryOfThatName) {
  TraceBuilder builder(TraceBuilder::Kind::kBlocks, 4);
  for (const std::optional<std::string_view> category :
       {std::optional<std::string_view>("(none)"), std::optional<std::string_view>()}) {
    RequestRow row;
    row.input_tokens = 4;
    row.category = category;
    builder.begin_request(row);
    builder.add_block(1);
  }
  const Trace trace = builder.finish("t", "test");
  const Grouping groups = group_requests(trace, GroupBy::kCategory);
  EXPECT_EQ(groups.names, (std::vector<std::string>{"(none)", "((none))"}));
  EXPECT_EQ(groups.group, (std::vector<std::uint32_t>{0, 1}));
}

TEST(Groups, FollowTheColumn) {
  const Small small;
  const Grouping by_category = group_requests(small.trace, GroupBy::kCategory);
  EXPECT_EQ(by_category.names, (std::vector<std::string>{"chat", "rag", "(none)"}));
  EXPECT_EQ(by_category.group, (std::vector<std::uint32_t>{1, 0, 2, 1}));
  // Hours count from the earliest arrival, wherever in the file that is.
  const Grouping by_hour = group_requests(small.trace, GroupBy::kHour);
  EXPECT_EQ(by_hour.names, (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(by_hour.group, (std::vector<std::uint32_t>{0, 0, 1, 2}));
  try {
    (void)group_requests(small.trace, GroupBy::kTenant);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("category, hour"), std::string::npos);
  }
}

TEST(Groups, CountWhatFollowsTheWarmup) {
  const Small small;
  const Grouping grouping = group_requests(small.trace, GroupBy::kCategory);
  const LoadOfRequests load(small.stream, 10, false);
  const std::vector<GroupResult> groups = measure_groups(grouping, load, small.outcomes, 1);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[1].name, "rag");
  EXPECT_EQ(groups[1].counts.requests, 1u) << "its first request is warm-up";
  EXPECT_EQ(groups[1].counts.hits, 2u);
  EXPECT_EQ(groups[1].counts.hit_tokens, 8u);
  EXPECT_EQ(groups[1].counts.hit_bytes, 20u);
  EXPECT_EQ(groups[1].counts.rejected, 1u);
  EXPECT_DOUBLE_EQ(*groups[1].ratios.token_hit, 1);
  EXPECT_EQ(groups[0].counts.accesses, 2u);
  EXPECT_EQ(groups[0].counts.tokens, 7u);
  // A group of which only warm-up requests are left out altogether.
  EXPECT_EQ(measure_groups(grouping, load, small.outcomes, 3).size(), 1u);
}

TEST(PerRequest, WritesEmptyCellsForWhatIsNotCarried) {
  const Small small;
  EXPECT_EQ(per_request_rows(7, LoadOfRequests(small.stream, 0, false), small.outcomes, 2),
            "7,0,0,2,0,8,0,,\n"
            "7,1,0,2,1,7,4,,\n"
            "7,2,1,1,0,3,0,,\n"
            "7,3,1,2,2,8,8,,\n");
  EXPECT_EQ(
      per_request_rows(0, LoadOfRequests(small.stream, 10, false), small.outcomes, 0).substr(0, 19),
      "0,0,1,2,0,8,0,20,0\n");
}

}  // namespace
}  // namespace kvsim
