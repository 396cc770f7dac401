#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/engine/block_keys.hpp"
#include "sim/hash/chain.hpp"
#include "sim/hash/hasher.hpp"

namespace kvsim {

/// Makes the keys of a request's blocks, one from the other, as a KeySpec says.
class BlockChain {
 public:
  /// `spec` must be checked().
  explicit BlockChain(const KeySpec& spec);

  /// What the first block follows.
  Digest root() const { return chain_ ? chain_->root() : Digest{}; }
  /// What the block's successor follows; key() of it is the block's key. `parent` is root() or the
  /// parent's.
  Digest next(const Digest& parent, bool is_first, std::span<const Token> tokens);
  Digest key(const Digest& link) const { return truncated(link, bits_); }

 private:
  unsigned bits_;
  std::unique_ptr<Chain> chain_;    // an engine's
  std::unique_ptr<Hasher> hasher_;  // of the own chain
  std::vector<std::byte> input_;
};

}  // namespace kvsim
