#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace kvsim {

/// Why an item could not be replayed, and where.
struct FailedAttempt {
  int rank = 0;
  std::string why;  ///< names the run
};

/// Runs of a plan that are replayed in one go, by their indices, ascending; at least one.
struct WorkItem {
  std::vector<std::size_t> runs;
  std::vector<FailedAttempt> failures;
};

/// What is still to be handed out, in order. An item that failed on a rank is first in line again,
/// once, for any rank but that one. For one thread at a time.
class WorkQueue {
 public:
  void add(WorkItem item) { waiting_.push_back(std::move(item)); }
  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }

  /// The item that `rank` would be given next, or nullptr.
  const WorkItem* peek(int rank) const;
  std::optional<WorkItem> take(int rank);
  /// Whether another one of so many ranks shall try the item again; if so, it is in line.
  bool retry(const WorkItem& item, int ranks);

 private:
  std::deque<WorkItem>::const_iterator next(int rank) const;

  std::deque<WorkItem> waiting_;
};

}  // namespace kvsim
