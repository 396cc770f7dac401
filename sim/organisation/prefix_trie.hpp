#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "policies/structures/indexed_heap.hpp"
#include "policies/structures/slot_lists.hpp"
#include "sim/engine/flat_cache.hpp"
#include "sim/organisation/path_stream.hpp"

namespace kvsim {

/// One look-up or insertion of a node, as a policy's form for the trie sees it.
struct TrieAccess {
  Slot node;
  std::uint32_t request;       ///< number of the request: the clock of the trie
  std::uint32_t next_request;  ///< the next request with this node, or kNever (oracles only)
};

/// What a policy's form for the trie provides. Nodes become evictable and unevictable as they
/// become leaves and stop being leaves, and while the running request protects them; on_hit and
/// on_remove see only nodes that are not evictable at that moment. The constructor takes the number
/// of nodes and how many are resident at once, at most.
template <class F>
concept TrieForm = requires(F f, const F& c, const TrieAccess& a, Slot s) {
  { F::kName } -> std::convertible_to<std::string_view>;
  { F::kLeavesOnly } -> std::convertible_to<bool>;
  { F::kNeedsFuture } -> std::convertible_to<bool>;
  { f.on_hit(a) } -> std::same_as<void>;
  { f.on_insert(a) } -> std::same_as<void>;
  { f.on_remove(s) } -> std::same_as<void>;
  { f.on_evictable(s) } -> std::same_as<void>;
  { f.on_unevictable(s) } -> std::same_as<void>;
  { c.victim(a) } -> std::same_as<Slot>;
  { c.memory_bytes() } -> std::same_as<std::size_t>;
};

/// The oldest inserted node anywhere in the trie; protects none.
class TrieFifo {
 public:
  static constexpr std::string_view kName = "fifo";
  static constexpr bool kLeavesOnly = false;
  static constexpr bool kNeedsFuture = false;
  TrieFifo(std::uint32_t nodes, std::uint32_t) : order_(nodes, 1) {}

  void on_hit(const TrieAccess&) {}
  void on_insert(const TrieAccess& a) { order_.push_front(0, a.node); }
  void on_remove(Slot s) { order_.remove(0, s); }
  void on_evictable(Slot) {}
  void on_unevictable(Slot) {}
  Slot victim(const TrieAccess&) const { return order_.back(0); }
  std::size_t memory_bytes() const { return order_.memory_bytes(); }

 private:
  SlotLists order_;
};

/// The evictable leaf whose last request is the oldest; of equally old ones, the entry that was
/// inserted first.
class TrieLru {
 public:
  static constexpr std::string_view kName = "lru";
  static constexpr bool kLeavesOnly = true;
  static constexpr bool kNeedsFuture = false;
  TrieLru(std::uint32_t nodes, std::uint32_t held)
      : last_request_(nodes), inserted_(nodes), leaves_(nodes, held) {}

  void on_hit(const TrieAccess& a) { last_request_[a.node] = a.request; }
  void on_insert(const TrieAccess& a) {
    last_request_[a.node] = a.request;
    inserted_[a.node] = insertions_++;
  }
  void on_remove(Slot) {}
  void on_evictable(Slot s) { leaves_.push({last_request_[s], inserted_[s], s}); }
  void on_unevictable(Slot s) { leaves_.erase(s); }
  Slot victim(const TrieAccess&) const { return leaves_.empty() ? kNoSlot : leaves_.top().slot; }
  std::size_t memory_bytes() const {
    return last_request_.capacity() * sizeof(std::uint32_t) +
           inserted_.capacity() * sizeof(std::uint32_t) + leaves_.memory_bytes();
  }

 private:
  struct Leaf {
    std::uint32_t last_request;
    std::uint32_t inserted;
    Slot slot;
    bool operator<(const Leaf& other) const {
      return std::tie(last_request, inserted) < std::tie(other.last_request, other.inserted);
    }
  };

  std::vector<std::uint32_t> last_request_;
  std::vector<std::uint32_t> inserted_;
  std::uint32_t insertions_ = 0;
  IndexedHeap<Leaf> leaves_;
};

/// The evictable leaf that the furthest request uses next; where none is used later than the
/// incoming node, that node is declined instead (Belady with bypass).
class TrieBelady {
 public:
  static constexpr std::string_view kName = "belady";
  static constexpr bool kLeavesOnly = true;
  static constexpr bool kNeedsFuture = true;
  TrieBelady(std::uint32_t nodes, std::uint32_t held)
      : next_request_(nodes), leaves_(nodes, held) {}

  void on_hit(const TrieAccess& a) { next_request_[a.node] = a.next_request; }
  void on_insert(const TrieAccess& a) { next_request_[a.node] = a.next_request; }
  void on_remove(Slot) {}
  void on_evictable(Slot s) { leaves_.push({next_request_[s], s}); }
  void on_unevictable(Slot s) { leaves_.erase(s); }
  Slot victim(const TrieAccess& incoming) const {
    if (leaves_.empty() || leaves_.top().next_request <= incoming.next_request) return kNoSlot;
    return leaves_.top().slot;
  }
  std::size_t memory_bytes() const {
    return next_request_.capacity() * sizeof(std::uint32_t) + leaves_.memory_bytes();
  }

 private:
  struct Leaf {
    std::uint32_t next_request;
    Slot slot;
    bool operator<(const Leaf& other) const {  // the furthest on top of the heap
      return std::tie(other.next_request, slot) < std::tie(next_request, other.slot);
    }
  };

  std::vector<std::uint32_t> next_request_;
  IndexedHeap<Leaf> leaves_;
};

using TrieForms = std::tuple<TrieFifo, TrieLru, TrieBelady>;

/// An entry is a block together with its whole path. Only leaves may leave, and never one on the
/// running request's own path as it was found at look-up; what the request has just inserted is not
/// protected. Where the victim is the parent of the block to be inserted, it is evicted and the
/// request's insertions stop; they also stop where nothing may leave, or where the policy declines.
/// A form may override the leaf rule: fifo takes the oldest entry anywhere, protects none, and goes
/// on where a parent went.
///
/// Mirrors the simulator behind the published KV Cache Lab curves (kvcache-ai/kvcache-blog
/// @97532881). Known differences: none in hit tokens.
template <TrieForm Form>
class PrefixTrie {
 public:
  static constexpr std::string_view kName = "prefix_trie";
  static constexpr std::string_view kDoc =
      "A block together with its whole path; only leaves may leave, the request's own path is "
      "protected (kvcache-ai/kvcache-blog @97532881).";

  /// `paths` must outlive the trie.
  PrefixTrie(const PathStream& paths, std::uint64_t capacity)
      : paths_(paths),
        capacity_(capacity),
        resident_(paths.nodes, 0),
        children_(paths.nodes, 0),
        form_(paths.nodes,
              static_cast<std::uint32_t>(std::min<std::uint64_t>(capacity, paths.nodes))) {}

  /// Looks a request's path up, touches what it finds and inserts the rest. `first` and `last` are
  /// accesses of the path stream; at most `looked_up` count. Returns the resident run's length.
  std::uint64_t request(std::uint32_t number, std::uint64_t first, std::uint64_t last,
                        std::uint64_t looked_up) {
    std::uint64_t run = first;
    while (run < last && resident_[paths_.node[run]] != 0) ++run;
    // The run is a path: only its last node can be a leaf, so only that needs protection.
    protected_ = Form::kLeavesOnly && run > first ? paths_.node[run - 1] : kNoSlot;
    if (protected_ != kNoSlot && is_leaf(protected_)) form_.on_unevictable(protected_);
    for (std::uint64_t i = first; i < run; ++i) form_.on_hit(access(number, i));
    std::uint64_t i = run;
    while (i < last && insert(access(number, i))) ++i;
    counts_.rejected += last - i;
    const Slot was_protected = std::exchange(protected_, kNoSlot);
    if (was_protected != kNoSlot && is_leaf(was_protected)) form_.on_evictable(was_protected);
    return std::min(run - first, looked_up);
  }

  std::uint64_t occupied() const { return occupied_; }
  const CacheCounts& counts() const { return counts_; }
  bool was_full() const { return was_full_; }
  bool contains(Slot node) const { return resident_[node] != 0; }
  std::size_t memory_bytes() const {
    return resident_.capacity() + children_.capacity() * sizeof(std::uint32_t) +
           form_.memory_bytes();
  }

 private:
  TrieAccess access(std::uint32_t request, std::uint64_t i) const {
    return {paths_.node[i], request, Form::kNeedsFuture ? paths_.next_request[i] : kNever};
  }
  bool is_leaf(Slot node) const { return resident_[node] != 0 && children_[node] == 0; }

  // False where the request's insertions stop.
  bool insert(const TrieAccess& a) {
    if (resident_[a.node] != 0) return true;  // left behind when an ancestor went (fifo)
    const Slot parent = paths_.parent[a.node];
    while (occupied_ >= capacity_) {
      was_full_ = true;
      const Slot victim = form_.victim(a);
      if (victim == kNoSlot) return false;
      evict(victim);
      if (Form::kLeavesOnly && victim == parent) return false;
    }
    resident_[a.node] = 1;
    ++occupied_;
    ++counts_.insertions;
    form_.on_insert(a);
    if constexpr (Form::kLeavesOnly) {
      if (parent != kNoSlot && children_[parent]++ == 0 && parent != protected_) {
        form_.on_unevictable(parent);
      }
      form_.on_evictable(a.node);
    }
    return true;
  }

  void evict(Slot node) {
    if constexpr (Form::kLeavesOnly) {
      form_.on_unevictable(node);
      const Slot parent = paths_.parent[node];
      if (parent != kNoSlot && --children_[parent] == 0 && parent != protected_) {
        form_.on_evictable(parent);
      }
    }
    form_.on_remove(node);
    resident_[node] = 0;
    --occupied_;
    ++counts_.evictions;
  }

  const PathStream& paths_;
  std::uint64_t capacity_;
  std::uint64_t occupied_ = 0;
  CacheCounts counts_;
  bool was_full_ = false;
  Slot protected_ = kNoSlot;
  std::vector<std::uint8_t> resident_;
  std::vector<std::uint32_t> children_;
  Form form_;
};

}  // namespace kvsim
