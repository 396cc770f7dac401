#include "traces/generator/text.hpp"

namespace kvsim {

namespace {

std::vector<double> word_weights(std::uint32_t words) {
  std::vector<double> weights(words);
  for (std::uint32_t i = 0; i < words; ++i) weights[i] = 1 / (i + 1 + 2.7);
  return weights;
}

}  // namespace

Vocabulary::Vocabulary(std::uint32_t words) : words_(words), table_(word_weights(words)) {}

void Vocabulary::append_words(Rng& rng, std::size_t count, std::vector<Token>& text) const {
  for (std::size_t i = 0; i < count; ++i) text.push_back(static_cast<Token>(table_(rng)));
}

std::vector<Token> Vocabulary::words(std::uint64_t seed, std::uint64_t stream,
                                     std::size_t count) const {
  Rng rng(derive_seed(seed, stream));
  std::vector<Token> text;
  text.reserve(count);
  append_words(rng, count, text);
  return text;
}

void Vocabulary::append_message(Role role, std::span<const Token> text,
                                std::vector<Token>& prompt) const {
  prompt.push_back(role_marker(role));
  prompt.insert(prompt.end(), text.begin(), text.end());
  prompt.push_back(end_marker());
}

std::vector<Token> Vocabulary::open_prompt(std::span<const Token> system) const {
  std::vector<Token> prompt{begin_marker()};
  append_message(Role::kSystem, system, prompt);
  return prompt;
}

std::uint32_t add_request(TraceBuilder& builder, RequestRow row, std::span<const Token> input,
                          std::span<const Token> output) {
  row.input_tokens = static_cast<std::uint32_t>(input.size());
  row.output_tokens = static_cast<std::uint32_t>(output.size());
  builder.begin_request(row);
  builder.add_tokens(input, output);
  return static_cast<std::uint32_t>(builder.requests() - 1);
}

}  // namespace kvsim
