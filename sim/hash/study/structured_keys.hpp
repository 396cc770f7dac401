#pragma once
// Keys with the structure that real ones have, and that weak functions show in their digests.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kvsim {

/// Distinct keys of one length.
struct KeySet {
  std::string name;
  std::string doc;
  std::size_t key_bytes = 0;
  std::vector<std::byte> bytes;  ///< one key after another

  std::size_t size() const { return bytes.size() / key_bytes; }
};

/// Sequential and strided ids; blocks of sixteen tokens behind a parent's key that share a prefix,
/// hold few different tokens, or differ in one token. 2^16 keys each.
std::vector<KeySet> structured_keys(std::uint64_t seed);

}  // namespace kvsim
