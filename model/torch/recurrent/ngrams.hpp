#pragma once
// What a recurrent model has to beat: counts of single tokens and of pairs.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"

namespace kvsim::torch_models {

/// Every token's probability whatever came before: (count + 1) / (tokens + vocabulary).
class UnigramModel {
 public:
  UnigramModel(std::span<const Token> text, std::size_t vocabulary);
  double probability(Token previous, Token next) const;
  /// The most probable token; of several, the smallest.
  Token likeliest(Token previous) const;

 private:
  std::vector<std::uint32_t> counts_;
  double total_;
  Token likeliest_ = 0;
};

/// Interpolated Kneser-Ney over pairs: a pair's count less a discount, and what that leaves by how
/// many tokens the next one follows, which is itself discounted in favour of an even chance. The
/// discounts are n1 / (n1 + 2 n2), of n1 entries that were counted once and n2 twice.
///
/// Source: Kneser and Ney, "Improved backing-off for m-gram language modeling", ICASSP 1995;
/// interpolated as in Chen and Goodman, "An empirical study of smoothing techniques for language
/// modeling", Computer Speech and Language 13 (1999), section 3.
class BigramModel {
 public:
  BigramModel(std::span<const Token> text, std::size_t vocabulary);
  double probability(Token previous, Token next) const;
  /// The most probable token behind `previous`; of several, the smallest.
  Token likeliest(Token previous) const { return likeliest_[previous]; }

 private:
  struct Successor {
    Token token;
    std::uint32_t count;
  };
  std::span<const Successor> successors(Token previous) const {
    return std::span(successors_)
        .subspan(first_[previous], first_[previous + 1] - first_[previous]);
  }
  double left_over(Token previous) const;

  std::vector<Successor> successors_;       // by previous token, then by token
  std::vector<std::size_t> first_;          // of each previous token's, and the end
  std::vector<std::uint32_t> occurrences_;  // as a previous token
  std::vector<double> continuation_;
  std::vector<Token> likeliest_;
  double discount_ = 0;
};

}  // namespace kvsim::torch_models
