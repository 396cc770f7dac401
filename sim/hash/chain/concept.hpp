#pragma once
// What a chaining scheme is: how an engine makes a block's key from its parent's, its tokens and
// what else tells blocks apart. A plain struct with a name, a one-sentence doc with its source, a
// Config, and three hooks. Added by one file and one line in chains.list.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "sim/core/fields.hpp"
#include "sim/core/ids.hpp"
#include "sim/hash/digest.hpp"

namespace kvsim {

/// An image, a video or a sound of which a block holds placeholder tokens.
struct MultimodalKey {
  std::string_view hash;    ///< of its content, as the engine writes it (hexadecimal, mostly)
  std::int64_t offset = 0;  ///< of its first token from the block's; negative if it began earlier
};

/// What a block's key may hold besides tokens, as engines add them. Empty is absent. Views: the
/// caller keeps what they point to. Text is UTF-8.
struct BlockExtras {
  std::string_view lora = {};  ///< the adapter's name, in every block of a request
  std::span<const MultimodalKey> multimodal = {};  ///< in the order of their tokens
  std::string_view salt = {};                  ///< of the request; schemes use it in first blocks
  std::span<const std::byte> embeddings = {};  ///< digest of the block's prompt embeddings
};

template <class C>
concept ChainScheme = requires(const C& chain, const typename C::Config& config,
                               const Digest& parent, bool is_first, std::span<const Token> tokens,
                               const BlockExtras& extras) {
  { C::kName } -> std::convertible_to<std::string_view>;
  { C::kDoc } -> std::convertible_to<std::string_view>;
  C(config);
  { chain.hash_name() } -> std::convertible_to<std::string_view>;
  { chain.bits() } -> std::same_as<unsigned>;
  { chain.root() } -> std::same_as<Digest>;
  { chain.next(parent, is_first, tokens, extras) } -> std::same_as<Digest>;
  fields_of<typename C::Config>();
}
&&std::default_initializable<typename C::Config>;

}  // namespace kvsim
