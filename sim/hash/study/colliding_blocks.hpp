#pragma once
// An adversary who knows the function: two different blocks of tokens with one key.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/component.hpp"
#include "sim/core/ids.hpp"

namespace kvsim {

/// Two blocks that a cache takes for one, whatever the width of its keys: their whole digests are
/// equal. Prompts that go on alike behind them share all later keys, too.
struct CollidingBlocks {
  std::vector<Token> first, second;
  std::string method;       ///< how they were found
  bool any_seed = false;    ///< they collide under every seed of the function
  bool any_parent = false;  ///< and behind every parent
};

/// Token ids that the search draws from: those of a common tokenizer (Llama 3 has 128,256).
inline constexpr Token kSearchedVocabulary = 128'000;

/// Whether there is a search for the function: identity, modulo, fibonacci, boost_combine, crc32c,
/// fnv1a_64 and cpython, on blocks of at least least_searched_tokens() tokens.
bool has_collision_search(std::string_view hash);
std::size_t least_searched_tokens(std::string_view hash);

/// Looks for two blocks of `block_size` tokens whose keys behind a parent's key of `parent` bytes
/// are equal, as the `kvsim` chain hashes them; nothing where there is no search, the blocks are
/// too short, or bad luck. Takes at most a few seconds, and 64 MiB. What it returns has been hashed
/// to see that it collides.
std::optional<CollidingBlocks> find_colliding_blocks(const ComponentSpec& hash,
                                                     std::span<const std::byte> parent,
                                                     std::size_t block_size, std::uint64_t seed);

/// A block's key bytes in the `kvsim` chain: the parent's, then the tokens as little-endian u32.
std::vector<std::byte> key_bytes_of(std::span<const std::byte> parent,
                                    std::span<const Token> tokens);

}  // namespace kvsim
