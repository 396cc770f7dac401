#pragma once
// What every twin shares: residency, the loop of an access, and a queue.
//
// A twin is a second, naive account of a policy: the paper's or the published rules written down
// with lists, maps and scans, without regard for speed and without a look at the policy itself. The
// tests hold each policy to its twin, access by access.

#include <cstdint>
#include <list>
#include <map>
#include <stdexcept>
#include <vector>

namespace kvsim::twins {

using Id = std::uint64_t;

/// The next access of a block that is never accessed again.
inline constexpr std::uint32_t kNeverAgain = 0xffffffffu;

/// One access. `weight` is what the block takes of the capacity, `size` what it measures, which
/// differ where a sized trace meets a capacity given as a count.
struct Request {
  Id id = 0;
  std::uint32_t weight = 1;
  std::uint32_t next = kNeverAgain;
  std::uint32_t size = 1;
};

/// Distinct ids in order, each with its weight. The front is where the newest go.
class Queue {
 public:
  bool contains(Id id) const { return where_.contains(id); }
  bool empty() const { return ids_.empty(); }
  std::size_t count() const { return ids_.size(); }
  std::uint64_t weight() const { return weight_; }
  Id front() const { return ids_.front(); }
  Id back() const { return ids_.back(); }
  const std::list<Id>& ids() const { return ids_; }
  std::uint32_t weight_of(Id id) const { return weights_.at(id); }

  void push_front(Id id, std::uint32_t weight) {
    check_absent(id);
    ids_.push_front(id);
    note(id, weight, ids_.begin());
  }
  void push_back(Id id, std::uint32_t weight) {
    check_absent(id);
    ids_.push_back(id);
    note(id, weight, std::prev(ids_.end()));
  }
  /// Takes `id` out and returns its weight.
  std::uint32_t remove(Id id) {
    ids_.erase(where_.at(id));
    where_.erase(id);
    const std::uint32_t weight = weights_.at(id);
    weights_.erase(id);
    weight_ -= weight;
    return weight;
  }
  void move_to_front(Id id) { push_front(id, remove(id)); }

 private:
  void check_absent(Id id) const {
    if (contains(id)) throw std::logic_error("twin: queued twice");
  }
  void note(Id id, std::uint32_t weight, std::list<Id>::iterator at) {
    where_[id] = at;
    weights_[id] = weight;
    weight_ += weight;
  }

  std::list<Id> ids_;
  std::map<Id, std::list<Id>::iterator> where_;
  std::map<Id, std::uint32_t> weights_;
  std::uint64_t weight_ = 0;
};

/// The loop of an access: look up; on a miss make room, then insert. What is heavier than the whole
/// cache is a miss and is not inserted.
class Twin {
 public:
  explicit Twin(std::uint64_t capacity) : capacity_(capacity) {}
  virtual ~Twin() = default;
  Twin(const Twin&) = delete;
  Twin& operator=(const Twin&) = delete;

  /// True for a hit. `next` is the position of the block's next access, or kNeverAgain.
  bool access(Id id, std::uint32_t weight, std::uint32_t next, std::uint32_t size) {
    evicted_.clear();
    const Request x{id, weight, next, size};
    const bool was_resident = resident(id);
    if (was_resident) {
      hit(x);
    } else {
      miss(x);
      if (weight <= capacity_ && admit(x)) bring_in(x);
    }
    ++now_;
    return was_resident;
  }
  bool access(Id id, std::uint32_t weight, std::uint32_t next) {
    return access(id, weight, next, weight);
  }

  /// The blocks that the last access evicted, in order.
  const std::vector<Id>& evicted() const { return evicted_; }
  bool resident(Id id) const { return residents_.contains(id); }
  /// Resident blocks and their weights.
  const std::map<Id, std::uint32_t>& residents() const { return residents_; }
  std::uint64_t occupied() const { return occupied_; }
  std::uint64_t capacity() const { return capacity_; }

 protected:
  virtual void hit(const Request& x) = 0;
  /// Whatever a miss changes before anything is evicted.
  virtual void miss(const Request&) {}
  /// False declines the block before anything is evicted for it.
  virtual bool admit(const Request&) { return true; }
  /// Evicts a block, with leave(), or at least comes nearer to it; false declines the incoming one.
  virtual bool evict(const Request& x) = 0;
  virtual void insert(const Request& x) = 0;

  /// Evictions and insertion of a miss.
  virtual void bring_in(const Request& x) {
    if (!make_room(x)) return;
    insert(x);
    settle(x);
  }

  bool make_room(const Request& x) {
    int idle = 0;
    while (occupied_ + x.weight > capacity_) {
      const std::size_t before = evicted_.size();
      if (!evict(x)) return false;
      idle = evicted_.size() == before ? idle + 1 : 0;
      if (idle > 1000) throw std::logic_error("twin: evicts nothing");
    }
    return true;
  }
  void settle(const Request& x) {
    residents_[x.id] = x.weight;
    occupied_ += x.weight;
  }
  /// `id` is no longer resident.
  void leave(Id id) {
    occupied_ -= residents_.at(id);
    residents_.erase(id);
    evicted_.push_back(id);
  }
  /// Accesses before this one.
  std::uint64_t now() const { return now_; }

 private:
  std::uint64_t capacity_;
  std::uint64_t occupied_ = 0;
  std::uint64_t now_ = 0;
  std::map<Id, std::uint32_t> residents_;
  std::vector<Id> evicted_;
};

}  // namespace kvsim::twins
