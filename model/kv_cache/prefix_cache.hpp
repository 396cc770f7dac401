#pragma once
// The prefix cache of a real run: which physical block of the KV pool holds which content, and
// which of them stay. Residency, pins and eviction are the simulator's own flat cache, driven
// online, and the log of what was asked of it, replayed, gives the same hits and evictions.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/engine/block_chain.hpp"
#include "sim/engine/live_cache.hpp"
#include "traces/trace.hpp"

namespace kvsim {

/// Number of a physical block in the KV pool.
using BlockId = std::uint32_t;
inline constexpr BlockId kNoBlock = UINT32_MAX;

/// One recorded event, as traces carry it; its place in the log is its sequence number.
struct CacheEvent {
  std::uint32_t request = 0;
  EventKind kind = EventKind::kLookup;
  std::uint32_t first = 0;  ///< block of the request
  std::uint32_t count = 0;  ///< blocks
};

/// Where a block appeared first.
struct BlockOrigin {
  std::uint32_t request = 0;
  std::uint32_t block = 0;
  bool operator==(const BlockOrigin&) const = default;
};

/// Blocks of `block_size` tokens, identified by a chained key, held under any policy of the
/// simulator. Only full blocks are cached; a prompt's last token is never looked up, since it must
/// be computed. A running request's blocks are pinned; what it holds beyond the capacity (blocks
/// partly filled, declined, or resident from another request already) lies in a reserve.
class PrefixCache {
 public:
  struct Config {
    PolicySpec policy;
    std::uint64_t capacity = 0;     ///< cached blocks; 0: no cache, every request computes all
    std::uint32_t reserve = 0;      ///< further blocks of the pool, for what is not cached
    std::uint32_t block_size = 16;  ///< tokens
    std::uint32_t most_blocks = 0;  ///< distinct full blocks that all requests may have together
    KeySpec keys;                   ///< checked
    std::uint64_t seed = 1;         ///< of the policy
  };

  /// A running request.
  class Sequence {
   public:
    /// Physical blocks, in the order of the tokens.
    std::span<const BlockId> table() const { return table_; }
    /// Tokens whose KV was found.
    std::uint32_t cached_tokens() const { return cached_tokens_; }
    const RequestOutcome& outcome() const { return outcome_; }

   private:
    friend class PrefixCache;
    std::uint32_t request_ = 0;
    std::vector<BlockId> table_;
    std::vector<Slot> named_;           // slots of its full blocks, as far as they have been named
    std::vector<std::uint8_t> pinned_;  // by full block: it holds the slot
    std::vector<std::uint8_t> own_;     // by block: the physical block is the request's alone
    Digest link_;                       // the chain behind the last named block
    std::uint32_t inserted_ = 0;        // full blocks that were found or offered to the cache
    std::uint32_t cached_tokens_ = 0;
    RequestOutcome outcome_;
  };

  /// Throws InputError as make_live_cache() does.
  explicit PrefixCache(const Config& config);
  PrefixCache(const PrefixCache&) = delete;
  PrefixCache& operator=(const PrefixCache&) = delete;

  /// Physical blocks that the pool must have.
  std::uint64_t pool_blocks() const {
    return std::min<std::uint64_t>(config_.capacity, config_.most_blocks) + config_.reserve;
  }
  std::uint32_t block_size() const { return config_.block_size; }

  /// Looks `prompt` up, holds what was found, and takes blocks for the rest of it. `request`
  /// numbers the requests from 0. Throws InputError where two different blocks have one key.
  Sequence begin(std::uint32_t request, std::span<const Token> prompt);
  /// Takes blocks until `tokens` fit. Throws std::logic_error where the reserve is too small.
  void extend(Sequence& sequence, std::uint64_t tokens);
  /// The KV of `tokens` (the prompt and what was generated so far) is computed: offers the blocks
  /// that it fills.
  void computed(Sequence& sequence, std::span<const Token> tokens);
  /// The request has ended: `tokens` are all of its input and output.
  void release(Sequence& sequence, std::span<const Token> tokens);

  const std::vector<CacheEvent>& events() const { return events_; }
  /// Evicted blocks, in order.
  const std::vector<BlockOrigin>& evictions() const { return evictions_; }
  /// Zeros where there is no cache.
  CacheCounts counts() const { return live_ ? live_->counts() : CacheCounts{}; }
  std::uint64_t occupied() const { return live_ ? live_->occupied() : 0; }
  /// Blocks beyond the capacity that were in use at once, at most.
  std::uint64_t reserve_peak() const { return reserve_peak_; }

 private:
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const;
  };
  struct Index;

  Slot name_block(Sequence& sequence, std::uint32_t block, std::span<const Token> tokens);
  void hold(Sequence& sequence, std::uint32_t block);
  void offer(Sequence& sequence, std::uint32_t block);
  BlockId take();
  void give_back(BlockId block);
  void note(std::uint32_t request, EventKind kind, std::uint32_t first, std::uint32_t count);

  Config config_;
  BlockChain chain_;
  std::unique_ptr<LiveCache> live_;
  std::shared_ptr<Index> index_;     // key → slot
  std::vector<BlockOrigin> origin_;  // by slot
  std::vector<Slot> parent_;         // by slot
  std::vector<Token> content_;       // by slot, block_size tokens each
  std::vector<BlockId> block_of_;    // by slot: where it is resident
  std::vector<BlockId> free_;
  Slot entering_ = kNoSlot;
  std::uint64_t reserve_peak_ = 0;
  std::vector<CacheEvent> events_;
  std::vector<BlockOrigin> evictions_;
};

}  // namespace kvsim
