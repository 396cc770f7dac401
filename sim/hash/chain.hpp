#pragma once
// Chaining schemes by name: what makes a block's key of its parent's.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/component.hpp"
#include "sim/hash/chain/concept.hpp"

namespace kvsim {

/// A chaining scheme with its type erased. Safe to call from many threads.
class Chain {
 public:
  virtual ~Chain() = default;
  /// Of the function used, such as "sha256".
  virtual std::string hash_name() const = 0;
  /// Of its digests.
  virtual unsigned bits() const = 0;
  /// Digest before the first block (vLLM's NONE_HASH), or what stands for it.
  virtual Digest root() const = 0;
  /// Digest of a block given its parent's, or root() where it is the request's first. A digest
  /// holds the engine's bytes in their order (digest_from()); 64-bit ones are the engine's number.
  /// Throws InputError where the extras are none that the engine takes.
  virtual Digest next(const Digest& parent, bool is_first, std::span<const Token> tokens,
                      const BlockExtras& extras) const = 0;
};

/// The scheme that is no engine's: any hash function over the parent's key and the block's tokens.
/// It is named, listed and checked here; make_chain() has none for it, since it belongs to whoever
/// knows the function.
inline constexpr std::string_view kOwnChain = "kvsim";

/// Checks name and parameters, and drops parameters that say what the default is anyway. Throws
/// InputError.
ComponentSpec checked_chain(ComponentSpec spec);
/// Reads `vllm_sha256_cbor` or `vllm_sha256:seed=1`, checked; and a list of them.
ComponentSpec parse_chain(std::string_view text);
std::vector<ComponentSpec> parse_chain_list(std::string_view text);
/// Throws InputError as checked_chain(), and std::logic_error for kOwnChain.
std::unique_ptr<Chain> make_chain(const ComponentSpec& spec);
std::vector<ComponentInfo> list_chains();

}  // namespace kvsim
