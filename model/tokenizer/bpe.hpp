#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim {

/// Merges of neighbouring tokens, by rank: of all neighbours, the pair with the lowest rank, the
/// leftmost of equals, becomes one token, until no neighbours have a rank.
///
/// Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units",
/// section 3.2; over bytes: GPT-2. O(n log n) in a piece's bytes.
class Bpe {
 public:
  static constexpr Token kNoToken = std::numeric_limits<Token>::max();

  Bpe() { bytes_.fill(kNoToken); }

  /// The token of a single byte. Bytes without one are left out.
  void set_byte(unsigned char byte, Token token) { bytes_[byte] = token; }
  /// Tokens `left` and `right` become `merged`; a lower rank goes first. A later merge of the same
  /// pair replaces an earlier one.
  void add_merge(Token left, Token right, std::uint32_t rank, Token merged) {
    merges_.insert_or_assign(key(left, right), Merge{rank, merged});
  }
  void reserve(std::size_t merges) { merges_.reserve(merges); }

  /// What encode() works on, kept by a caller who encodes many pieces.
  struct Scratch {
    struct Symbol {
      Token token;
      std::uint32_t previous;
      std::uint32_t next;
    };
    struct Candidate {
      std::uint32_t rank;
      std::uint32_t left;
      Token left_token;
      Token right_token;
    };
    std::vector<Symbol> symbols;
    std::vector<Candidate> heap;
  };

  /// Appends the tokens of a piece of at most 2^32 − 2 bytes.
  void encode(std::string_view piece, Scratch& scratch, std::vector<Token>& out) const;

 private:
  struct Merge {
    std::uint32_t rank;
    Token merged;
  };

  static std::uint64_t key(Token left, Token right) { return std::uint64_t{left} << 32U | right; }
  const Merge* find(Token left, Token right) const {
    const auto found = merges_.find(key(left, right));
    return found == merges_.end() ? nullptr : &found->second;
  }

  std::array<Token, 256> bytes_;
  boost::unordered_flat_map<std::uint64_t, Merge> merges_;
};

}  // namespace kvsim
