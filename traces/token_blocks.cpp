// block_tokens(): token traces as blocks, identified by parent and content.

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <random>
#include <vector>

#include "sim/core/error.hpp"
#include "traces/trace.hpp"

namespace kvsim {

namespace {

/// Distinct (parent, tokens), found by hash and decided by comparing the tokens themselves. The
/// hash is multilinear with random coefficients, so that no file can make many blocks share one.
class BlockInterner {
 public:
  BlockInterner(std::span<const Token> tokens, std::uint32_t block_size) : tokens_(tokens) {
    std::random_device device;
    std::mt19937_64 random((static_cast<std::uint64_t>(device()) << 32) | device());
    // A block is never longer than the trace, however large the block size.
    const std::size_t longest = std::min<std::size_t>(block_size, tokens.size());
    coefficient_.resize(longest + 3);
    for (std::uint64_t& value : coefficient_) value = random();
    table_.assign(1024, Entry{0, kNoSlot});
  }

  /// The slot of tokens [begin, begin + length) after the block `parent`.
  Slot intern(Slot parent, std::uint64_t begin, std::uint32_t length) {
    if (2 * (blocks_.size() + 1) > table_.size()) grow();
    const std::uint32_t hash = hash_of(parent, begin, length);
    const std::size_t mask = table_.size() - 1;
    for (std::size_t bucket = hash & mask;; bucket = (bucket + 1) & mask) {
      Entry& entry = table_[bucket];
      if (entry.slot == kNoSlot) {
        entry = {hash, static_cast<Slot>(blocks_.size())};
        blocks_.push_back({begin, parent, length});
        return entry.slot;
      }
      if (entry.hash == hash && same(blocks_[entry.slot], parent, begin, length)) return entry.slot;
    }
  }

  std::uint32_t distinct() const { return static_cast<std::uint32_t>(blocks_.size()); }

 private:
  struct Entry {
    std::uint32_t hash;
    Slot slot;
  };
  struct Block {
    std::uint64_t begin;
    Slot parent;
    std::uint32_t length;
  };

  std::uint32_t hash_of(Slot parent, std::uint64_t begin, std::uint32_t length) const {
    const Token* token = tokens_.data() + begin;
    const std::uint64_t* coefficient = coefficient_.data() + 3;
    std::uint64_t sum = coefficient_[0] + coefficient_[1] * parent + coefficient_[2] * length;
    for (std::uint32_t i = 0; i < length; ++i) sum += coefficient[i] * token[i];
    return static_cast<std::uint32_t>(sum >> 32);
  }

  bool same(const Block& block, Slot parent, std::uint64_t begin, std::uint32_t length) const {
    return block.parent == parent && block.length == length &&
           std::memcmp(tokens_.data() + block.begin, tokens_.data() + begin,
                       length * sizeof(Token)) == 0;
  }

  void grow() {
    const std::vector<Entry> old = std::move(table_);
    table_.assign(2 * old.size(), Entry{0, kNoSlot});
    const std::size_t mask = table_.size() - 1;
    for (const Entry& entry : old) {
      if (entry.slot == kNoSlot) continue;
      std::size_t bucket = entry.hash & mask;
      while (table_[bucket].slot != kNoSlot) bucket = (bucket + 1) & mask;
      table_[bucket] = entry;
    }
  }

  std::span<const Token> tokens_;
  std::vector<std::uint64_t> coefficient_;
  std::vector<Entry> table_;
  std::vector<Block> blocks_;
};

}  // namespace

BlockColumns block_tokens(const Trace& trace, std::uint32_t block_size, bool with_output) {
  if (!trace.tokens) {
    throw InputError(fmt::format(
        "trace '{}' ({}) carries no token ids, which a free choice of the block size needs",
        trace.name, trace.format));
  }
  if (block_size == 0) {
    throw InputError("block size is 0, allowed is an integer of at least 1");
  }
  const TokenColumns& tokens = *trace.tokens;
  BlockInterner interner(tokens.token.span(), block_size);
  std::vector<std::uint64_t> offset{0};
  std::vector<Slot> slots;
  offset.reserve(trace.requests.count + 1);
  for (std::uint64_t request = 0; request < trace.requests.count; ++request) {
    const std::uint64_t begin = tokens.offset[request];
    const std::uint64_t all = tokens.offset[request + 1] - begin;
    const std::uint64_t length =
        with_output ? all / block_size * block_size : trace.requests.input_tokens[request];
    assert(length <= all);
    Slot parent = kNoSlot;
    for (std::uint64_t at = 0; at < length; at += block_size) {
      const auto part =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(block_size, length - at));
      parent = interner.intern(parent, begin + at, part);
      slots.push_back(parent);
    }
    if (slots.size() > 0xfffffffeu) {
      throw InputError(fmt::format("trace '{}' has more than {} blocks of {} tokens", trace.name,
                                   0xfffffffeu, block_size));
    }
    offset.push_back(slots.size());
  }
  BlockColumns blocks;
  blocks.block_size = block_size;
  blocks.distinct = interner.distinct();
  blocks.offset = Column<std::uint64_t>(std::move(offset));
  blocks.slot = Column<Slot>(std::move(slots));
  return blocks;
}

}  // namespace kvsim
