#include "traces/id_interner.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <random>
#include <utility>

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

/// A bucket remembers as many bits of a hash.
constexpr std::size_t kMostBuckets = std::size_t{1} << 32;

/// The top bits are the best of a product.
unsigned shift_for(std::size_t buckets) {
  return 64u - static_cast<unsigned>(std::countr_zero(buckets));
}

}  // namespace

IdInterner::IdInterner() : seed_a_(random_seed()), seed_b_(random_seed() | 1) {}

std::uint32_t IdInterner::hash_of(std::uint64_t id) const {
  return static_cast<std::uint32_t>(
      fold(fold(id ^ seed_a_, 0x9e3779b97f4a7c15u) ^ seed_b_, 0xd6e8feb86659fd93u) >> 32);
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

Slot IdInterner::find_hashed(std::uint64_t id, std::uint32_t hash) {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t place = place_of(hash);; place = (place + 1) & mask) {
    Bucket& bucket = table_[place];
    if (bucket.slot == kNoSlot) {
      bucket = {hash, add(id)};
      ++in_table_;
      return bucket.slot;
    }
    if (bucket.hash == hash && ids_[bucket.slot] == id) return bucket.slot;
  }
}

/// Makes the array cover ids up to `largest`, if they are few enough for what has been seen.
void IdInterner::cover_directly(std::uint64_t largest) {
  if (largest < direct_.size() || largest >= std::max(kAlwaysDirect, 4 * seen_)) return;
  const std::size_t old_size = direct_.size();
  direct_.resize(std::bit_ceil(std::max<std::uint64_t>(largest + 1, 1024)), kNoSlot);
  if (in_table_ == 0) return;
  // Ids of the new range may already have a slot in the table.
  for (std::size_t slot = 0; slot < ids_.size(); ++slot) {
    const std::uint64_t id = ids_[slot];
    if (id >= old_size && id < direct_.size()) direct_[id] = static_cast<Slot>(slot);
  }
}

/// Keeps a quarter of the table free. A bucket's place begins its hash, so that a larger table
/// fills from the front to the back.
void IdInterner::reserve_table(std::size_t more) {
  std::size_t needed = std::max<std::size_t>(table_.size(), 1024);
  while (in_table_ + more > needed / 4 * 3 && needed < kMostBuckets) needed *= 2;
  if (needed == table_.size()) return;
  const ColumnBuilder<Bucket> old = std::move(table_);
  table_ = {};
  table_.resize(needed, {0, kNoSlot});
  shift_ = 32u - static_cast<unsigned>(std::countr_zero(needed));
  const std::size_t mask = needed - 1;
  for (const Bucket& bucket : old.span()) {
    if (bucket.slot == kNoSlot) continue;
    std::size_t place = place_of(bucket.hash);
    while (table_[place].slot != kNoSlot) place = (place + 1) & mask;
    table_[place] = bucket;
  }
}

void IdInterner::intern_batch(std::span<const std::uint64_t> ids, Slot* slots) {
  seen_ += ids.size();
  const std::uint64_t limit = std::max(kAlwaysDirect, 4 * seen_);
  std::uint64_t largest = 0;
  std::uint64_t largest_direct = 0;
  for (const std::uint64_t id : ids) {
    largest = std::max(largest, id);
    largest_direct = std::max(largest_direct, id < limit ? id : 0);
  }
  cover_directly(largest_direct);

  const std::size_t n = ids.size();
  if (largest < direct_.size()) {
    const Slot* direct = direct_.data();
    for (std::size_t i = 0; i < n; ++i) {
      if (i + kAhead < n) __builtin_prefetch(direct + ids[i + kAhead], 1);
      slots[i] = find_direct(ids[i]);
    }
    return;
  }

  // First the bucket is fetched, then the id that it leads to, then both are looked at.
  reserve_table(n);
  std::array<std::uint32_t, kBatch> hashes;
  for (std::size_t i = 0; i < n; ++i) hashes[i] = hash_of(ids[i]);
  for (std::size_t i = 0; i < n + 2 * kAhead; ++i) {
    if (i < n) __builtin_prefetch(table_.data() + place_of(hashes[i]), 1);
    if (i >= kAhead && i < n + kAhead) {
      const Slot slot = table_[place_of(hashes[i - kAhead])].slot;
      if (slot != kNoSlot) __builtin_prefetch(ids_.data() + slot);
    }
    if (i < 2 * kAhead) continue;
    const std::size_t now = i - 2 * kAhead;
    slots[now] =
        ids[now] < direct_.size() ? find_direct(ids[now]) : find_hashed(ids[now], hashes[now]);
  }
}

void IdInterner::intern(std::span<const std::uint64_t> ids, Slot* slots) {
  for (std::size_t i = 0; i < ids.size(); i += kBatch) {
    intern_batch(ids.subspan(i, std::min(kBatch, ids.size() - i)), slots + i);
  }
}

void IdInterner::intern_run(std::uint64_t first, std::size_t count, Slot* slots) {
  if (count == 0) return;
  seen_ += count;
  cover_directly(first + count - 1);
  if (first + count > direct_.size()) {
    seen_ -= count;
    std::array<std::uint64_t, kBatch> ids;
    for (std::size_t i = 0; i < count; i += kBatch) {
      const std::size_t n = std::min(kBatch, count - i);
      std::iota(ids.begin(), ids.begin() + n, first + i);
      intern_batch(std::span(ids).first(n), slots + i);
    }
    return;
  }
  constexpr std::size_t kPiece = 256;
  for (std::size_t i = 0; i < count; i += kPiece) {
    copy_direct(first + i, std::min(kPiece, count - i), slots + i);
  }
}

/// The slots of ids that the array covers. Those seen before lie as they are to be written.
void IdInterner::copy_direct(std::uint64_t first, std::size_t count, Slot* slots) {
  Slot* direct = direct_.data() + first;
  Slot largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    slots[i] = direct[i];
    largest = std::max(largest, direct[i]);
  }
  if (largest != kNoSlot) return;
  for (std::size_t i = 0; i < count; ++i) slots[i] = find_direct(first + i);
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
