#include "traces/id_interner.hpp"

#include <algorithm>
#include <bit>
#include <random>

namespace kvsim {

namespace {

constexpr std::size_t kBatch = 1024;
constexpr std::size_t kAhead = 16;
/// The direct array may always hold this many ids (4 MiB), and four for each access seen.
constexpr std::uint64_t kAlwaysDirect = 1u << 20;

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

/// Both halves of the 128-bit product.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
}

/// The top bits are the best of a product.
unsigned shift_for(std::size_t buckets) {
  return 64u - static_cast<unsigned>(std::countr_zero(buckets));
}

}  // namespace

IdInterner::IdInterner() : seed_a_(random_seed()), seed_b_(random_seed() | 1) {}

std::size_t IdInterner::bucket_of(std::uint64_t id) const {
  return fold(fold(id ^ seed_a_, 0x9e3779b97f4a7c15u) ^ seed_b_, 0xd6e8feb86659fd93u) >> shift_;
}

Slot IdInterner::add(std::uint64_t id) {
  const Slot slot = static_cast<Slot>(ids_.size());
  ids_.push_back(id);
  return slot;
}

Slot IdInterner::find_direct(std::uint64_t id) {
  Slot& slot = direct_[id];
  if (slot == kNoSlot) slot = add(id);
  return slot;
}

Slot IdInterner::find_hashed(std::uint64_t id, std::size_t bucket) {
  const std::size_t mask = table_.size() - 1;
  for (;; bucket = (bucket + 1) & mask) {
    Entry& entry = table_[bucket];
    if (entry.slot == kNoSlot) {
      entry = {id, add(id)};
      ++in_table_;
      return entry.slot;
    }
    if (entry.id == id) return entry.slot;
  }
}

void IdInterner::grow_direct(std::uint64_t largest) {
  const std::size_t old_size = direct_.size();
  direct_.resize(std::bit_ceil(std::max<std::uint64_t>(largest + 1, 1024)), kNoSlot);
  // Ids of the new range may already have a slot in the table.
  for (const Entry& entry : table_) {
    if (entry.slot != kNoSlot && entry.id >= old_size && entry.id < direct_.size()) {
      direct_[entry.id] = entry.slot;
    }
  }
}

void IdInterner::reserve_table(std::size_t more) {
  const std::size_t needed = std::bit_ceil(2 * (in_table_ + more));
  if (needed <= table_.size()) return;
  const std::vector<Entry> old = std::move(table_);
  table_.assign(needed, Entry{0, kNoSlot});
  shift_ = shift_for(needed);
  const std::size_t mask = needed - 1;
  for (const Entry& entry : old) {
    if (entry.slot == kNoSlot) continue;
    std::size_t bucket = bucket_of(entry.id);
    while (table_[bucket].slot != kNoSlot) bucket = (bucket + 1) & mask;
    table_[bucket] = entry;
  }
}

void IdInterner::intern_batch(std::span<const std::uint64_t> ids, Slot* out) {
  seen_ += ids.size();
  const std::uint64_t limit = std::max(kAlwaysDirect, 4 * seen_);
  std::uint64_t largest = 0;
  std::uint64_t largest_direct = 0;
  for (const std::uint64_t id : ids) {
    largest = std::max(largest, id);
    largest_direct = std::max(largest_direct, id < limit ? id : 0);
  }
  if (largest_direct >= direct_.size()) grow_direct(largest_direct);

  const std::size_t n = ids.size();
  if (largest < direct_.size()) {
    for (std::size_t i = 0; i < n; ++i) {
      if (i + kAhead < n) __builtin_prefetch(&direct_[ids[i + kAhead]], 1);
      out[i] = find_direct(ids[i]);
    }
    return;
  }

  reserve_table(n);
  std::size_t buckets[kBatch];
  for (std::size_t i = 0; i < n; ++i) buckets[i] = bucket_of(ids[i]);
  for (std::size_t i = 0; i < n; ++i) {
    if (i + kAhead < n) __builtin_prefetch(&table_[buckets[i + kAhead]], 1);
    out[i] = ids[i] < direct_.size() ? find_direct(ids[i]) : find_hashed(ids[i], buckets[i]);
  }
}

void IdInterner::intern(std::span<const std::uint64_t> ids, std::vector<Slot>& slots) {
  const std::size_t start = slots.size();
  slots.resize(start + ids.size());
  for (std::size_t i = 0; i < ids.size(); i += kBatch) {
    intern_batch(ids.subspan(i, std::min(kBatch, ids.size() - i)), slots.data() + start + i);
  }
}

PathInterner::PathInterner() : seed_a_(random_seed()), seed_b_(random_seed() | 1) {}

std::size_t PathInterner::bucket_of(Slot parent, std::uint32_t component, std::uint64_t id) const {
  const std::uint64_t place = (static_cast<std::uint64_t>(parent) << 32) | component;
  return fold(fold(id ^ seed_a_, 0x9e3779b97f4a7c15u) ^ place ^ seed_b_, 0xd6e8feb86659fd93u) >>
         shift_;
}

void PathInterner::grow() {
  const std::vector<Entry> old = std::move(table_);
  const std::size_t size = std::max<std::size_t>(1024, 2 * old.size());
  table_.assign(size, Entry{0, kNoSlot, 0, kNoSlot});
  shift_ = shift_for(size);
  for (const Entry& entry : old) {
    if (entry.slot == kNoSlot) continue;
    std::size_t bucket = bucket_of(entry.parent, entry.component, entry.id);
    while (table_[bucket].slot != kNoSlot) bucket = (bucket + 1) & (size - 1);
    table_[bucket] = entry;
  }
}

Slot PathInterner::intern(Slot parent, std::uint32_t component, std::uint64_t id) {
  if (2 * (static_cast<std::size_t>(distinct_) + 1) > table_.size()) grow();
  std::size_t bucket = bucket_of(parent, component, id);
  for (;; bucket = (bucket + 1) & (table_.size() - 1)) {
    Entry& entry = table_[bucket];
    if (entry.slot == kNoSlot) {
      entry = {id, parent, component, distinct_++};
      return entry.slot;
    }
    if (entry.id == id && entry.parent == parent && entry.component == component) return entry.slot;
  }
}

}  // namespace kvsim
