#include "sim/engine/block_chain.hpp"

#include <cstring>

namespace kvsim {

BlockChain::BlockChain(const KeySpec& spec) : bits_(spec.bits) {
  if (spec.chain.name == kOwnChain) {
    hasher_ = make_hasher(spec.hash, spec.seed);
  } else {
    chain_ = make_chain(spec.chain);
  }
}

Digest BlockChain::next(const Digest& parent, bool is_first, std::span<const Token> tokens) {
  if (chain_) return chain_->next(parent, is_first, tokens, BlockExtras{});
  const std::size_t parent_bytes = digest_bytes(bits_);
  input_.resize(parent_bytes + tokens.size_bytes());
  std::memcpy(input_.data(), parent.words.data(), parent_bytes);
  std::memcpy(input_.data() + parent_bytes, tokens.data(), tokens.size_bytes());
  return truncated(hasher_->digest(input_), bits_);
}

}  // namespace kvsim
