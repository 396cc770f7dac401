#pragma once
// What a hash function is: a plain struct with a name, a one-sentence doc with its source, traits,
// a Config, and a call from bytes to a digest. Added by one file and one line in functions.list.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "sim/core/fields.hpp"
#include "sim/hash/digest.hpp"

namespace kvsim {

/// What a function withstands.
enum class HashStrength {
  kStructural,     ///< keeps its input's structure: good on keys that are random already
  kStatistical,    ///< looks random on inputs that nobody chose against it
  kKeyed,          ///< and on inputs chosen by who does not know the seed
  kCryptographic,  ///< no two inputs with one digest can be found
};

struct HashTraits {
  unsigned bits = 64;   ///< of the digest: 32, 64, 128 or 256
  bool seeded = false;  ///< the seed changes the digests; otherwise only seed 0 is allowed
  HashStrength strength = HashStrength::kStatistical;
};

/// Where bytes are keys of one word each: the little-endian words of eight bytes, the last padded
/// with zeros, as h = 31 h + w. For functions that are defined on a word only.
inline std::uint64_t folded_word(std::span<const std::byte> key) {
  std::uint64_t h = 0;
  std::size_t at = 0;
  for (; at + 8 <= key.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, key.data() + at, 8);
    h = 31 * h + word;
  }
  if (at < key.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, key.data() + at, key.size() - at);
    h = 31 * h + word;
  }
  return h;
}

/// A seed for functions that take one of 32 bits; seeds below 2^32 are themselves.
inline std::uint32_t folded_seed(std::uint64_t seed) {
  return static_cast<std::uint32_t>(seed ^ (seed >> 32));
}

template <class H>
concept HashFunction = requires(const H& hash, const typename H::Config& config, std::uint64_t seed,
                                std::span<const std::byte> key) {
  { H::kName } -> std::convertible_to<std::string_view>;
  { H::kDoc } -> std::convertible_to<std::string_view>;
  { H::kTraits } -> std::convertible_to<HashTraits>;
  typename H::Value;  // Digest64, Digest128 or Digest256
  H(config, seed);
  { hash(key) } -> std::same_as<typename H::Value>;
  fields_of<typename H::Config>();
}
&&std::default_initializable<typename H::Config> &&
    (std::is_same_v<typename H::Value, Digest64> || std::is_same_v<typename H::Value, Digest128> ||
     std::is_same_v<typename H::Value, Digest256>);

}  // namespace kvsim
