#include "experiments/work_queue.hpp"

#include <algorithm>

namespace kvsim {

std::deque<WorkItem>::const_iterator WorkQueue::next(int rank) const {
  return std::find_if(waiting_.begin(), waiting_.end(), [&](const WorkItem& item) {
    return std::none_of(item.failures.begin(), item.failures.end(),
                        [&](const FailedAttempt& failure) { return failure.rank == rank; });
  });
}

const WorkItem* WorkQueue::peek(int rank) const {
  const auto it = next(rank);
  return it == waiting_.end() ? nullptr : &*it;
}

std::optional<WorkItem> WorkQueue::take(int rank) {
  const auto it = next(rank);
  if (it == waiting_.end()) return std::nullopt;
  WorkItem item = *it;
  waiting_.erase(it);
  return item;
}

bool WorkQueue::retry(const WorkItem& item, int ranks) {
  constexpr std::size_t kAttempts = 2;
  if (ranks < 2 || item.failures.size() >= kAttempts) return false;
  waiting_.push_front(item);
  return true;
}

}  // namespace kvsim
