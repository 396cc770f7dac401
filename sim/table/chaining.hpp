#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/table/places.hpp"

namespace kvsim {

/// m buckets, each with a list of its entries, the newest first. Nodes lie in one array.
///
/// Source: Knuth, TAOCP 6.4, algorithm C in its separate form. Bucket: the key modulo m, for any m.
/// A probe is a node looked at, so a miss in an empty bucket takes none. 4 bytes a bucket and 16 an
/// entry.
class Chaining {
 public:
  static constexpr std::string_view kName = "chaining";
  static constexpr std::string_view kDoc =
      "A list for each of m buckets, the key modulo m, newest first (Knuth, TAOCP 6.4).";
  static constexpr bool kCountsProbes = true;
  struct Config {};

  /// Which entries hits find matters: newer ones come first. So there is none of hits.
  class Theory {
   public:
    static constexpr std::string_view kName = "balls in bins";
    explicit Theory(std::uint64_t buckets) : buckets_(static_cast<double>(buckets)) {}
    double miss(std::uint64_t entries) const { return static_cast<double>(entries) / buckets_; }

   private:
    double buckets_;
  };

  Chaining(const Config&, const TableShape& shape)
      : bucket_(buckets_for(shape)), heads_(bucket_.divisor(), kNone) {
    nodes_.reserve(shape.capacity);
  }

  template <class Probes>
  const Slot* find(std::uint64_t key, Probes& probes) const {
    for (std::uint32_t n = heads_[bucket_(key)]; n != kNone; n = nodes_[n].next) {
      probes();
      if (nodes_[n].key == key) return &nodes_[n].value;
    }
    return nullptr;
  }
  template <class Probes>
  bool insert(std::uint64_t key, Slot value, Probes& probes) {
    if (find(key, probes) != nullptr) return false;
    std::uint32_t& head = heads_[bucket_(key)];
    const Node node{key, value, head};
    if (free_ == kNone) {
      head = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back(node);
    } else {
      head = free_;
      free_ = nodes_[free_].next;
      nodes_[head] = node;
    }
    ++size_;
    return true;
  }
  template <class Probes>
  bool erase(std::uint64_t key, Probes& probes) {
    for (std::uint32_t* link = &heads_[bucket_(key)]; *link != kNone; link = &nodes_[*link].next) {
      probes();
      const std::uint32_t n = *link;
      if (nodes_[n].key != key) continue;
      *link = nodes_[n].next;
      nodes_[n].next = free_;
      free_ = n;
      --size_;
      return true;
    }
    return false;
  }

  void prefetch(std::uint64_t key) const { __builtin_prefetch(&heads_[bucket_(key)]); }
  std::uint64_t size() const { return size_; }
  std::uint64_t buckets() const { return heads_.size(); }
  std::uint64_t bucket_of(std::uint64_t key) const { return bucket_(key); }
  std::size_t memory_bytes() const {
    return heads_.capacity() * sizeof heads_[0] + nodes_.capacity() * sizeof(Node);
  }

 private:
  struct Node {
    std::uint64_t key;
    Slot value;
    std::uint32_t next;
  };
  static constexpr std::uint32_t kNone = kNoSlot;  // there are never more nodes than slots

  // Full buckets end no search here: a load of 1 is met, too.
  static std::uint64_t buckets_for(const TableShape& shape) {
    const double buckets = std::round(static_cast<double>(shape.capacity) / shape.load);
    return std::max<std::uint64_t>(static_cast<std::uint64_t>(buckets), 1);
  }

  Remainder bucket_;
  std::vector<std::uint32_t> heads_;
  std::vector<Node> nodes_;
  std::uint32_t free_ = kNone;  // the first of a list
  std::uint64_t size_ = 0;
};

static_assert(HashTable<Chaining>);

}  // namespace kvsim
