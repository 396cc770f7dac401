#include "sim/hash/study/structured_keys.hpp"

#include <array>
#include <cstring>

#include "sim/core/ids.hpp"
#include "sim/core/rng.hpp"

namespace kvsim {

namespace {

constexpr std::size_t kKeys = std::size_t{1} << 16;
constexpr std::size_t kTokens = 16;
constexpr std::uint64_t kVocabulary = 128'000;
using Block = std::array<Token, kTokens>;

// `id_of(i)`, as eight bytes.
template <class IdOf>
KeySet ids(std::string name, std::string doc, IdOf&& id_of) {
  KeySet set{std::move(name), std::move(doc), 8, std::vector<std::byte>(8 * kKeys)};
  for (std::size_t i = 0; i < kKeys; ++i) {
    const std::uint64_t id = id_of(i);
    std::memcpy(set.bytes.data() + 8 * i, &id, 8);
  }
  return set;
}

// `block_of(i)` behind one parent's key.
template <class BlockOf>
KeySet blocks(std::string name, std::string doc, std::uint64_t parent, BlockOf&& block_of) {
  constexpr std::size_t kBytes = 8 + sizeof(Block);
  KeySet set{std::move(name), std::move(doc), kBytes, std::vector<std::byte>(kBytes * kKeys)};
  for (std::size_t i = 0; i < kKeys; ++i) {
    const Block block = block_of(i);
    std::memcpy(set.bytes.data() + kBytes * i, &parent, 8);
    std::memcpy(set.bytes.data() + kBytes * i + 8, block.data(), sizeof(Block));
  }
  return set;
}

}  // namespace

std::vector<KeySet> structured_keys(std::uint64_t seed) {
  Rng rng(seed);
  const std::uint64_t parent = rng.next();
  Block base;
  for (Token& token : base) token = static_cast<Token>(rng.below(kVocabulary));

  std::vector<KeySet> sets;
  sets.push_back(ids("sequential_ids", "0, 1, 2, …", [](std::size_t i) { return i; }));
  sets.push_back(ids("strided_ids", "Multiples of 65,536.", [](std::size_t i) { return i << 16; }));
  sets.push_back(
      blocks("common_prefix", "All tokens alike but the last.", parent, [&](std::size_t i) {
        Block block = base;
        block.back() = static_cast<Token>(i);
        return block;
      }));
  sets.push_back(
      blocks("low_entropy", "Every sequence of two token ids.", parent, [](std::size_t i) {
        Block block;
        for (std::size_t t = 0; t < kTokens; ++t) block[t] = 1 + ((i >> t) & 1);
        return block;
      }));
  sets.push_back(
      blocks("one_token", "One of the sixteen tokens replaced.", parent, [&](std::size_t i) {
        Block block = base;
        block[i % kTokens] += static_cast<Token>(i / kTokens + 1);
        return block;
      }));
  return sets;
}

}  // namespace kvsim
