#include "experiments/work_queue.hpp"

#include <gtest/gtest.h>

namespace kvsim {
namespace {

WorkQueue queue_of(std::initializer_list<std::size_t> runs) {
  WorkQueue queue;
  for (const std::size_t run : runs) queue.add({{run}, {}});
  return queue;
}

std::size_t take(WorkQueue& queue, int rank) { return queue.take(rank)->runs.front(); }

TEST(WorkQueue, HandsOutInOrderToWhoeverAsks) {
  WorkQueue queue = queue_of({7, 3, 5});
  EXPECT_EQ(take(queue, 1), 7u);
  EXPECT_EQ(queue.peek(0)->runs.front(), 3u);
  EXPECT_EQ(take(queue, 0), 3u);
  EXPECT_EQ(take(queue, 2), 5u);
  EXPECT_FALSE(queue.take(0));
  EXPECT_EQ(queue.peek(0), nullptr);
}

TEST(WorkQueue, TriesAgainOnceAndElsewhere) {
  WorkQueue queue = queue_of({7, 3});
  WorkItem item = *queue.take(1);
  item.failures.push_back({1, "no memory"});
  EXPECT_TRUE(queue.retry(item, 3));
  EXPECT_EQ(take(queue, 1), 3u) << "not where it failed";
  EXPECT_EQ(queue.peek(1), nullptr);
  item = *queue.take(2);
  EXPECT_EQ(item.runs.front(), 7u);
  EXPECT_EQ(item.failures.front().why, "no memory");
  item.failures.push_back({2, "no memory here either"});
  EXPECT_FALSE(queue.retry(item, 3));
  EXPECT_TRUE(queue.empty());
}

TEST(WorkQueue, GoesBeforeOthersTheSecondTime) {
  WorkQueue queue = queue_of({7, 3});
  WorkItem item = *queue.take(1);
  item.failures.push_back({1, ""});
  ASSERT_TRUE(queue.retry(item, 2));
  EXPECT_EQ(take(queue, 0), 7u);
}

TEST(WorkQueue, HasNobodyElseToTry) {
  WorkQueue queue = queue_of({7});
  WorkItem item = *queue.take(0);
  item.failures.push_back({0, ""});
  EXPECT_FALSE(queue.retry(item, 1));
}

}  // namespace
}  // namespace kvsim
