#pragma once

#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

namespace kvsim {

/// What happens next in a simulated workload: events by time, equal times in the order pushed.
template <class Event>
class EventQueue {
 public:
  bool empty() const { return heap_.empty(); }

  void push(double time, Event event) { heap_.push({time, pushed_++, std::move(event)}); }

  /// Takes out the earliest event. The queue must not be empty.
  std::pair<double, Event> pop() {
    Entry entry = heap_.top();
    heap_.pop();
    return {entry.time, std::move(entry.event)};
  }

 private:
  struct Entry {
    double time;
    std::uint64_t order;
    Event event;
    bool operator<(const Entry& other) const {  // the heap's top is its largest
      return time != other.time ? time > other.time : order > other.order;
    }
  };
  std::priority_queue<Entry> heap_;
  std::uint64_t pushed_ = 0;
};

}  // namespace kvsim
