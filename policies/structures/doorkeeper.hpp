#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kvsim {

/// Whether a key was seen before, approximately: a Bloom filter (Bloom 1970) that keeps keys seen
/// once out of a sketch. A key's four bits lie in one word. 4 bytes for each key that it is sized
/// for, with which three times as many are told apart with about 1 % of false answers.
class Doorkeeper {
 public:
  explicit Doorkeeper(std::uint64_t keys) : words_((keys + 1) / 2) {}

  /// `hash`: 64 well mixed bits of the key.
  bool contains(std::uint64_t hash) const {
    const std::uint64_t bits = bits_of(hash);
    return (words_[word_of(hash)] & bits) == bits;
  }
  /// Adds the key; whether it seemed to be in already.
  bool insert(std::uint64_t hash) {
    const std::uint64_t bits = bits_of(hash);
    std::uint64_t& word = words_[word_of(hash)];
    const bool known = (word & bits) == bits;
    word |= bits;
    return known;
  }
  void clear() { std::fill(words_.begin(), words_.end(), 0); }

  std::size_t memory_bytes() const { return words_.capacity() * sizeof(std::uint64_t); }

 private:
  // A sketch takes its line from the same hash: mixed once more, the two share no structure.
  static std::uint64_t remix(std::uint64_t hash) {
    hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
  }
  std::size_t word_of(std::uint64_t hash) const {
    return (remix(hash) >> 32) * words_.size() >> 32;
  }
  static std::uint64_t bits_of(std::uint64_t hash) {
    const std::uint64_t mixed = remix(hash);
    std::uint64_t bits = 0;
    for (unsigned i = 0; i < 4; ++i) bits |= std::uint64_t{1} << (mixed >> (6 * i) & 63);
    return bits;
  }

  std::vector<std::uint64_t> words_;
};

}  // namespace kvsim
