#include "model/kv_cache/prefix_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <stdexcept>

#include "sim/core/error.hpp"

namespace kvsim {

std::size_t PrefixCache::DigestHash::operator()(const Digest& digest) const {
  std::size_t seed = 0;
  for (const std::uint64_t word : digest.words) boost::hash_combine(seed, word);
  return seed;
}

struct PrefixCache::Index {
  boost::unordered_flat_map<Digest, Slot, DigestHash> slot;
};

PrefixCache::PrefixCache(const Config& config)
    : config_(config), chain_(config.keys), index_(std::make_shared<Index>()) {
  if (config_.capacity > 0) {
    live_ = make_live_cache(config_.policy, config_.capacity, config_.most_blocks, config_.seed);
    live_->observe_evictions([this](Slot s) {
      evictions_.push_back(origin_[s]);
      // A policy that inserts first may give up the new block itself, which then never had one.
      if (s != entering_) give_back(std::exchange(block_of_[s], kNoBlock));
    });
  }
  // The lowest numbers are taken first.
  for (std::uint64_t b = pool_blocks(); b > 0; --b) free_.push_back(static_cast<BlockId>(b - 1));
}

BlockId PrefixCache::take() {
  if (free_.empty()) throw std::logic_error("the KV pool has no free block");
  const BlockId block = free_.back();
  free_.pop_back();
  reserve_peak_ = std::max(reserve_peak_, pool_blocks() - free_.size() - occupied());
  return block;
}

void PrefixCache::give_back(BlockId block) { free_.push_back(block); }

void PrefixCache::note(std::uint32_t request, EventKind kind, std::uint32_t first,
                       std::uint32_t count) {
  if (count > 0) events_.push_back({request, kind, first, count});
}

// Slots are handed out in the order in which events name blocks first, as a replay of them does.
Slot PrefixCache::name_block(Sequence& sequence, std::uint32_t block,
                             std::span<const Token> tokens) {
  if (block < sequence.named_.size()) return sequence.named_[block];
  const auto own = tokens.subspan(std::size_t{block} * config_.block_size, config_.block_size);
  const Slot parent = block == 0 ? kNoSlot : sequence.named_[block - 1];
  sequence.link_ = chain_.next(block == 0 ? chain_.root() : sequence.link_, block == 0, own);
  const auto next = static_cast<Slot>(origin_.size());
  const auto [it, is_new] = index_->slot.try_emplace(chain_.key(sequence.link_), next);
  const Slot slot = it->second;
  if (is_new) {
    if (next >= config_.most_blocks) throw std::logic_error("more blocks than were announced");
    origin_.push_back({sequence.request_, block});
    parent_.push_back(parent);
    content_.insert(content_.end(), own.begin(), own.end());
    block_of_.push_back(kNoBlock);
  } else if (parent_[slot] != parent ||
             !std::equal(own.begin(), own.end(),
                         content_.begin() + std::ptrdiff_t{slot} * config_.block_size)) {
    throw InputError(fmt::format(
        "request {}, block {}: it has the key of block {} of request {}, which is another one: "
        "served from the cache, its answer would be another prompt's. Take a hash function of more "
        "bits than '{}' at {}",
        sequence.request_, block, origin_[slot].block, origin_[slot].request,
        config_.keys.hash.name, config_.keys.bits));
  }
  sequence.named_.push_back(slot);
  sequence.pinned_.push_back(0);
  return slot;
}

void PrefixCache::hold(Sequence& sequence, std::uint32_t block) {
  if (std::exchange(sequence.pinned_[block], 1) == 0) live_->pin(sequence.named_[block]);
}

PrefixCache::Sequence PrefixCache::begin(std::uint32_t request, std::span<const Token> prompt) {
  Sequence sequence;
  sequence.request_ = request;
  if (live_ != nullptr && !prompt.empty()) {
    const auto looked_up = static_cast<std::uint32_t>((prompt.size() - 1) / config_.block_size);
    note(request, EventKind::kLookup, 0, looked_up);
    const CacheCounts before = live_->counts();
    for (std::uint32_t b = 0; b < looked_up; ++b) name_block(sequence, b, prompt);
    for (std::uint32_t b = 0; b < looked_up; ++b) {
      const Slot slot = sequence.named_[b];
      if (!live_->contains(slot)) break;
      live_->hit(slot);
      hold(sequence, b);
      sequence.table_.push_back(block_of_[slot]);
      sequence.own_.push_back(0);
      ++sequence.outcome_.hit_blocks;
    }
    sequence.inserted_ = sequence.outcome_.hit_blocks;
    sequence.cached_tokens_ = sequence.outcome_.hit_blocks * config_.block_size;
    sequence.outcome_.hit_tokens = sequence.cached_tokens_;
    sequence.outcome_.evictions +=
        static_cast<std::uint32_t>(live_->counts().evictions - before.evictions);
  }
  extend(sequence, prompt.size());
  return sequence;
}

void PrefixCache::extend(Sequence& sequence, std::uint64_t tokens) {
  while (sequence.table_.size() * config_.block_size < tokens) {
    sequence.table_.push_back(take());
    sequence.own_.push_back(1);
  }
}

void PrefixCache::offer(Sequence& sequence, std::uint32_t block) {
  const Slot slot = sequence.named_[block];
  const bool was_resident = live_->contains(slot);
  entering_ = slot;
  live_->access(slot);
  entering_ = kNoSlot;
  if (!live_->contains(slot)) return;  // declined
  if (!was_resident) {
    block_of_[slot] = sequence.table_[block];
    sequence.own_[block] = 0;
  }
  hold(sequence, block);
}

void PrefixCache::computed(Sequence& sequence, std::span<const Token> tokens) {
  if (live_ == nullptr) return;
  const auto full = static_cast<std::uint32_t>(tokens.size() / config_.block_size);
  if (full <= sequence.inserted_) return;
  note(sequence.request_, EventKind::kInsert, sequence.inserted_, full - sequence.inserted_);
  const CacheCounts before = live_->counts();
  for (std::uint32_t b = sequence.inserted_; b < full; ++b) name_block(sequence, b, tokens);
  for (std::uint32_t b = sequence.inserted_; b < full; ++b) offer(sequence, b);
  sequence.inserted_ = full;
  const CacheCounts& after = live_->counts();
  sequence.outcome_.insertions += static_cast<std::uint32_t>(after.insertions - before.insertions);
  sequence.outcome_.evictions += static_cast<std::uint32_t>(after.evictions - before.evictions);
  sequence.outcome_.rejected += static_cast<std::uint32_t>(after.rejected - before.rejected);
}

void PrefixCache::release(Sequence& sequence, std::span<const Token> tokens) {
  if (live_ != nullptr) {
    note(sequence.request_, EventKind::kRelease, 0,
         static_cast<std::uint32_t>(tokens.size() / config_.block_size));
    for (std::size_t b = 0; b < sequence.named_.size(); ++b) {
      if (std::exchange(sequence.pinned_[b], 0) != 0) live_->unpin(sequence.named_[b]);
    }
  }
  for (std::size_t b = 0; b < sequence.table_.size(); ++b) {
    if (sequence.own_[b] != 0) give_back(sequence.table_[b]);
  }
  sequence.table_.clear();
  sequence.own_.clear();
}

}  // namespace kvsim
