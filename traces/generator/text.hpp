#pragma once
// Token ids that look like text: seeded words and a chat template.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/rng.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// What opens a message.
enum class Role : std::uint8_t { kSystem, kUser, kAssistant, kTool };

/// Word frequencies follow Zipf-Mandelbrot's law, (rank + 2.7)^-1, token id = rank - 1: short
/// blocks then coincide by accident about as often as in real text. The ids from `words` on are the
/// chat template's markers.
class Vocabulary {
 public:
  explicit Vocabulary(std::uint32_t words);

  /// Appends `count` words.
  void append_words(Rng& rng, std::size_t count, std::vector<Token>& text) const;
  /// `count` words that depend on (seed, stream) alone: a document, a system prompt.
  std::vector<Token> words(std::uint64_t seed, std::uint64_t stream, std::size_t count) const;

  Token begin_marker() const { return words_; }
  Token end_marker() const { return words_ + 1; }
  Token role_marker(Role role) const { return words_ + 2 + static_cast<Token>(role); }

  /// Appends role marker, text, end marker.
  void append_message(Role role, std::span<const Token> text, std::vector<Token>& prompt) const;
  /// Starts a prompt: begin marker, then `system` as the system's message.
  std::vector<Token> open_prompt(std::span<const Token> system) const;

 private:
  Token words_;
  AliasTable table_;
};

/// Adds a request to a kTokens builder, with its lengths; returns its number.
std::uint32_t add_request(TraceBuilder& builder, RequestRow row, std::span<const Token> input,
                          std::span<const Token> output);

}  // namespace kvsim
