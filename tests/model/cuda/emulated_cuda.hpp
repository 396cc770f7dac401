#pragma once
// Just enough of CUDA to run this project's kernels on the CPU: the threads of a group are fibers
// that take turns at barriers and shuffles. Before a kernel's header. A kernel that reads shared
// memory without a barrier, or whose threads wait at different places, is found out here; races
// between groups, and speed, are not.

#include <ucontext.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): CUDA's names.
#define __global__
#define __device__
#define __launch_bounds__(threads)
#define __shared__ static

namespace kvsim::emulated {

struct Index {
  unsigned x = 0;
  unsigned y = 0;
  unsigned z = 0;
};
inline Index thread_index;
inline Index group_index;

/// The threads of one group, one after another on the calling thread.
class Group {
 public:
  static constexpr unsigned kWarp = 32;

  explicit Group(unsigned threads) : fibers_(threads) {
    for (Fiber& fiber : fibers_) fiber.stack = std::make_unique<char[]>(kStack);
  }

  static Group& current() { return *current_; }

  /// Runs `kernel` once on each thread. Throws std::logic_error where threads wait for others that
  /// never come.
  void run(const std::function<void()>& kernel) {
    current_ = this;
    kernel_ = &kernel;
    for (Fiber& fiber : fibers_) {
      getcontext(&fiber.context);
      fiber.context.uc_stack.ss_sp = fiber.stack.get();
      fiber.context.uc_stack.ss_size = kStack;
      fiber.context.uc_link = &scheduler_;
      fiber.state = State::kRuns;
      fiber.exchanges = 0;
      makecontext(&fiber.context, &Group::enter, 0);
    }
    while (true) {
      // Backwards at every other turn, so that no kernel relies on an order.
      for (std::size_t i = 0; i < fibers_.size(); ++i) {
        resume(backwards_ ? fibers_.size() - 1 - i : i);
      }
      backwards_ = !backwards_;
      if (all(0, fibers_.size(), State::kEnded)) return;
      bool released = false;
      for (std::size_t w = 0; w < fibers_.size(); w += kWarp) {
        released |= release(w, std::min<std::size_t>(w + kWarp, fibers_.size()), State::kAtShuffle);
      }
      released |= release(0, fibers_.size(), State::kAtBarrier);
      if (!released) throw std::logic_error("threads of one group wait at different places");
    }
  }

  void barrier() { wait(State::kAtBarrier); }

  float shuffle_xor(float x, int step) {
    Fiber& mine = fibers_[running_];
    // Two places in turn: nobody writes again before everybody has read.
    const unsigned place = mine.exchanges++ % 2;
    mine.sent[place] = x;
    wait(State::kAtShuffle);
    return fibers_[running_ ^ static_cast<std::size_t>(step)].sent[place];
  }

 private:
  enum class State : std::uint8_t { kRuns, kAtShuffle, kAtBarrier, kEnded };
  struct Fiber {
    ucontext_t context{};
    std::unique_ptr<char[]> stack;
    State state = State::kEnded;
    unsigned exchanges = 0;
    float sent[2] = {};
  };
  static constexpr std::size_t kStack = 256 * 1024;

  static void enter() {
    (*current_->kernel_)();
    current_->fibers_[current_->running_].state = State::kEnded;
  }

  void resume(std::size_t i) {
    if (fibers_[i].state != State::kRuns) return;
    running_ = i;
    thread_index = {static_cast<unsigned>(i)};
    swapcontext(&scheduler_, &fibers_[i].context);
  }

  void wait(State state) {
    fibers_[running_].state = state;
    swapcontext(&fibers_[running_].context, &scheduler_);
  }

  bool all(std::size_t begin, std::size_t end, State state) const {
    for (std::size_t i = begin; i < end; ++i) {
      if (fibers_[i].state != state) return false;
    }
    return true;
  }

  bool release(std::size_t begin, std::size_t end, State state) {
    if (!all(begin, end, state)) return false;
    for (std::size_t i = begin; i < end; ++i) fibers_[i].state = State::kRuns;
    return true;
  }

  inline static Group* current_ = nullptr;
  std::vector<Fiber> fibers_;
  ucontext_t scheduler_{};
  const std::function<void()>* kernel_ = nullptr;
  std::size_t running_ = 0;
  bool backwards_ = false;
};

/// Runs a kernel's groups one after another.
struct Launch {
  template <class Kernel, class Grid, class... Arguments>
  void operator()(Kernel* kernel, const Grid& grid, unsigned threads,
                  const Arguments&... arguments) const {
    Group group(threads);
    for (unsigned z = 0; z < grid.z; ++z) {
      for (unsigned y = 0; y < grid.y; ++y) {
        for (unsigned x = 0; x < grid.x; ++x) {
          group_index = {x, y, z};
          group.run([&] { kernel(arguments...); });
        }
      }
    }
  }
};

}  // namespace kvsim::emulated

#define threadIdx ::kvsim::emulated::thread_index
#define blockIdx ::kvsim::emulated::group_index
inline void __syncthreads() { ::kvsim::emulated::Group::current().barrier(); }
inline float __shfl_xor_sync(unsigned, float x, int step) {
  return ::kvsim::emulated::Group::current().shuffle_xor(x, step);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
