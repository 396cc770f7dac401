#pragma once
// How ranks share an experiment: rank 0 hands out items and collects what comes of them.

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "experiments/distributed/messenger.hpp"
#include "experiments/work_queue.hpp"
#include "sim/metrics/result.hpp"

namespace kvsim {

struct FinishedRun {
  std::size_t index = 0;  ///< in the plan
  RunResult result;
  std::string per_request;  ///< its CSV rows; empty: not asked for
};

/// What came of an item: its runs, or why there are none.
struct Outcome {
  WorkItem item;
  std::vector<FinishedRun> runs;
  std::string failure;  ///< empty: none
};

/// How long a rank sleeps between looks at what has arrived.
inline constexpr std::chrono::milliseconds kExchangePause{1};

/// Rank 0's side. While it lives, the other ranks serve; its end sends them home.
class Coordinator {
 public:
  explicit Coordinator(Messenger& ranks);
  ~Coordinator();
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;

  int ranks() const { return ranks_.size(); }
  unsigned cores() const { return ranks_.cores(); }
  /// "rank 2 on node7", for messages.
  std::string name_of(int rank) const;

  /// Waits until every rank is ready for the experiment of this identity, as identity_text() puts
  /// it. Throws InputError if one is about another, or has refused.
  void gather(const std::string& identity);
  /// Outcomes that have arrived, each with its rank.
  std::vector<std::pair<int, Outcome>> receive();
  /// Gives ranks that are idle what the queue has for them.
  void hand_out(WorkQueue& queue);

 private:
  struct Peer {
    std::string host;
    unsigned idle = 0;                      ///< threads that wait for an item
    std::map<std::size_t, WorkItem> items;  ///< that it has, by first run
    bool is_ready = false;
    bool has_left = false;
  };
  void take_in(const Message& message, std::vector<std::pair<int, Outcome>>& outcomes);

  Messenger& ranks_;
  std::string host_;
  std::string identity_;
  std::map<int, Peer> peers_;
};

/// Another rank's side: until rank 0 sends it home.
class Worker {
 public:
  explicit Worker(Messenger& ranks) : ranks_(ranks) {}
  /// Waits until rank 0 has no more use for it.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  unsigned cores() const { return ranks_.cores(); }
  int rank() const { return ranks_.rank(); }

  /// Tells rank 0 why this rank cannot take part.
  void refuse(const std::string& why);
  /// Tells rank 0 that so many threads are ready for the experiment of this identity.
  void be_ready(const std::string& identity, unsigned threads);
  /// Items that rank 0 has sent.
  std::vector<WorkItem> receive();
  void send(const Outcome& outcome);
  /// Whether rank 0 has sent this rank home. What is sent from then on is not read.
  bool is_over() const { return is_over_; }

 private:
  Messenger& ranks_;
  bool is_over_ = false;
};

}  // namespace kvsim
