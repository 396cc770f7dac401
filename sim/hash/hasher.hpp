#pragma once
// Hash functions by name. The type is erased once a batch of keys, never within it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/component.hpp"
#include "sim/hash/concept.hpp"

namespace kvsim {

/// A hash function with its type erased.
class Hasher {
 public:
  virtual ~Hasher() = default;
  /// The digest of one key.
  virtual Digest digest(std::span<const std::byte> key) const = 0;
  /// Those of digests.size() keys of `key_bytes` bytes each, one after another in `keys`.
  virtual void digest_many(std::span<const std::byte> keys, std::size_t key_bytes,
                           std::span<Digest> digests) const = 0;
};

/// Checks name and parameters, and drops parameters that say what the default is anyway. Throws
/// InputError, also where this build lacks the function's library.
ComponentSpec checked_hash(ComponentSpec spec);
/// Reads `xxh3_64` or `modulo:m=…`, checked; and a list of them.
ComponentSpec parse_hash(std::string_view text);
std::vector<ComponentSpec> parse_hash_list(std::string_view text);
/// What the function is. Throws InputError where there is none of that name.
HashTraits hash_traits(std::string_view name);
/// `bits` of a digest that has `most`, or all where 0 is asked. Throws InputError, naming the hash.
unsigned checked_bits(std::string_view hash, unsigned bits, unsigned most);
/// Whether this build has it; a function whose library was not found is listed but refused.
bool hash_available(std::string_view name);
/// Throws InputError where the function takes no seed and one is given, and as checked_hash().
std::unique_ptr<Hasher> make_hasher(const ComponentSpec& spec, std::uint64_t seed);
std::vector<ComponentInfo> list_hashes();

}  // namespace kvsim
