// The messenger over MPI: all that kvsim knows of it. A module of its own, which is loaded where a
// launcher started several processes: linking and starting MPI takes time that no other run pays.

#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <limits>
#include <list>
#include <stdexcept>
#include <vector>

#include "experiments/distributed/messenger.hpp"

namespace {

constexpr int kTag = 0;

// Each core counts as many times less as ranks on this node may run on it. Ranks that a launcher
// bound to cores of their own have those; unbound ones share the node's.
unsigned fair_share_of_cores() {
  cpu_set_t own;
  CPU_ZERO(&own);
  if (sched_getaffinity(0, sizeof own, &own) != 0) return 1;
  std::vector<int> mine(CPU_SETSIZE);
  for (std::size_t cpu = 0; cpu < mine.size(); ++cpu) mine[cpu] = CPU_ISSET(cpu, &own) ? 1 : 0;
  MPI_Comm node{};
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
  std::vector<int> sharers(mine.size());
  MPI_Allreduce(mine.data(), sharers.data(), CPU_SETSIZE, MPI_INT, MPI_SUM, node);
  MPI_Comm_free(&node);
  double cores = 0;
  for (std::size_t cpu = 0; cpu < mine.size(); ++cpu) {
    if (mine[cpu] != 0) cores += 1.0 / sharers[cpu];
  }
  constexpr double kRounding = 1e-9;
  return std::max(1u, static_cast<unsigned>(cores + kRounding));
}

class MpiMessenger final : public kvsim::Messenger {
 public:
  MpiMessenger() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    cores_ = fair_share_of_cores();
  }
  MpiMessenger(const MpiMessenger&) = delete;
  MpiMessenger& operator=(const MpiMessenger&) = delete;
  ~MpiMessenger() override {
    for (Sent& sent : on_the_way_) MPI_Wait(&sent.request, MPI_STATUS_IGNORE);
    MPI_Finalize();
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  unsigned cores() const override { return cores_; }

  void send(int to, std::string text) override {
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      throw std::length_error("more than 2 GiB to send to another rank");
    }
    Sent& sent = on_the_way_.emplace_back();
    sent.text = std::move(text);
    MPI_Isend(sent.text.data(), static_cast<int>(sent.text.size()), MPI_CHAR, to, kTag,
              MPI_COMM_WORLD, &sent.request);
    forget_what_arrived();
  }

  std::optional<kvsim::Message> receive() override {
    forget_what_arrived();
    int is_there = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, kTag, MPI_COMM_WORLD, &is_there, &status);
    if (is_there == 0) return std::nullopt;
    int length = 0;
    MPI_Get_count(&status, MPI_CHAR, &length);
    kvsim::Message message{status.MPI_SOURCE, std::string(static_cast<std::size_t>(length), '\0')};
    MPI_Recv(message.text.data(), length, MPI_CHAR, message.from, kTag, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    return message;
  }

 private:
  // A text stays where it is until MPI has taken it.
  struct Sent {
    std::string text;
    MPI_Request request{};
  };

  void forget_what_arrived() {
    on_the_way_.remove_if([](Sent& sent) {
      int is_done = 0;
      MPI_Test(&sent.request, &is_done, MPI_STATUS_IGNORE);
      return is_done != 0;
    });
  }

  int rank_ = 0;
  int size_ = 1;
  unsigned cores_ = 1;
  std::list<Sent> on_the_way_;
};

}  // namespace

/// Starts MPI, until what it returns is deleted.
extern "C" kvsim::Messenger* kvsim_start_mpi() { return new MpiMessenger; }
