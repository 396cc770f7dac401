#include "model/torch/recurrent/ngrams.hpp"

#include <algorithm>
#include <numeric>

namespace kvsim::torch_models {

namespace {

constexpr double kDiscountOfNone = 0.5;  // where no entry was counted once or twice

// The discount of absolute discounting, from how many counts are 1 and 2.
template <class Counts, class CountOf>
double discount_of(const Counts& entries, CountOf&& count_of) {
  std::size_t once = 0;
  std::size_t twice = 0;
  for (const auto& entry : entries) {
    once += count_of(entry) == 1;
    twice += count_of(entry) == 2;
  }
  if (once == 0) return kDiscountOfNone;
  return static_cast<double>(once) / static_cast<double>(once + 2 * twice);
}

Token largest(std::span<const double> values) {
  return static_cast<Token>(std::max_element(values.begin(), values.end()) - values.begin());
}

}  // namespace

UnigramModel::UnigramModel(std::span<const Token> text, std::size_t vocabulary)
    : counts_(vocabulary, 0), total_(static_cast<double>(text.size() + vocabulary)) {
  for (const Token token : text) ++counts_[token];
  likeliest_ =
      static_cast<Token>(std::max_element(counts_.begin(), counts_.end()) - counts_.begin());
}

double UnigramModel::probability(Token, Token next) const { return (counts_[next] + 1.0) / total_; }

Token UnigramModel::likeliest(Token) const { return likeliest_; }

BigramModel::BigramModel(std::span<const Token> text, std::size_t vocabulary)
    : first_(vocabulary + 1, 0), occurrences_(vocabulary, 0) {
  std::vector<std::uint64_t> pairs;
  for (std::size_t i = 1; i < text.size(); ++i) {
    pairs.push_back(std::uint64_t{text[i - 1]} << 32 | text[i]);
    ++occurrences_[text[i - 1]];
  }
  std::sort(pairs.begin(), pairs.end());
  std::vector<std::uint32_t> preceding(vocabulary, 0);  // different tokens before this one
  for (std::size_t i = 0; i < pairs.size();) {
    const std::size_t begin = i;
    while (i < pairs.size() && pairs[i] == pairs[begin]) ++i;
    const auto next = static_cast<Token>(pairs[begin]);
    successors_.push_back({next, static_cast<std::uint32_t>(i - begin)});
    ++first_[(pairs[begin] >> 32) + 1];
    ++preceding[next];
  }
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  discount_ = discount_of(successors_, [](const Successor& s) { return s.count; });

  const double discount = discount_of(preceding, [](std::uint32_t count) { return count; });
  const auto seen = static_cast<double>(
      std::count_if(preceding.begin(), preceding.end(), [](auto count) { return count > 0; }));
  const double types = std::max(1.0, static_cast<double>(successors_.size()));
  const double even = successors_.empty() ? 1 : discount * seen / types;
  for (const std::uint32_t count : preceding) {
    continuation_.push_back(std::max(count - discount, 0.0) / types +
                            even / static_cast<double>(vocabulary));
  }

  // What follows `previous` has its count in addition; the rest is in the continuation's order.
  const Token fallback = largest(continuation_);
  for (std::size_t previous = 0; previous < vocabulary; ++previous) {
    const auto of = static_cast<Token>(previous);
    Token best = fallback;
    double most = probability(of, best);
    for (const Successor& s : successors(of)) {
      const double p = probability(of, s.token);
      if (p > most || (p == most && s.token < best)) {
        best = s.token;
        most = p;
      }
    }
    likeliest_.push_back(best);
  }
}

double BigramModel::left_over(Token previous) const {
  if (occurrences_[previous] == 0) return 1;
  return discount_ * static_cast<double>(successors(previous).size()) / occurrences_[previous];
}

double BigramModel::probability(Token previous, Token next) const {
  double p = left_over(previous) * continuation_[next];
  const auto list = successors(previous);
  const auto found = std::lower_bound(list.begin(), list.end(), next,
                                      [](const Successor& s, Token t) { return s.token < t; });
  if (found != list.end() && found->token == next) {
    p += (found->count - discount_) / occurrences_[previous];
  }
  return p;
}

}  // namespace kvsim::torch_models
